#include "tests/end_to_end/program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/support/temporary_directory.h"

namespace rung::test {

namespace {

/// Starts the program with the two descriptors as standard output and error; -1 leaves the own one.
pid_t launch(const std::vector<std::string>& arguments, int out, int err) {
  std::vector<std::string> words{RUNG_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  static const TemporaryDirectory state;
  const pid_t process = fork();
  if (process != 0) return process;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // What it keeps of viewing is not to be found among what the user has of it.
  setenv("XDG_STATE_HOME", state.path().c_str(), 0);
  if (out >= 0) dup2(out, STDOUT_FILENO);
  if (err >= 0) dup2(err, STDERR_FILENO);
  execv(RUNG_PROGRAM, argv.data());
  _exit(127);
}

int exit_status_of(pid_t process) {
  int status = 0;
  if (waitpid(process, &status, 0) != process || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

int create_file(const std::filesystem::path& path) {
  return open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
}

}  // namespace

std::filesystem::path title_directory() { return RUNG_TEST_TITLE; }

Output run_rung(const std::vector<std::string>& arguments) {
  const TemporaryDirectory directory;
  const int out = create_file(directory.path() / "out");
  const int err = create_file(directory.path() / "err");
  const pid_t process = launch(arguments, out, err);
  Output output;
  output.status = exit_status_of(process);
  close(out);
  close(err);
  output.out = read_text(directory.path() / "out");
  output.err = read_text(directory.path() / "err");
  return output;
}

RunningRung::RunningRung(const std::vector<std::string>& arguments) {
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) std::abort();
  process_ = launch(arguments, ends[1], -1);
  close(ends[1]);
  output_ = ends[0];
}

RunningRung::~RunningRung() {
  if (process_ > 0) {
    kill(process_, SIGTERM);
    wait();
  }
  close(output_);
}

std::string RunningRung::read_line() {
  std::string line;
  char letter = 0;
  while (read(output_, &letter, 1) == 1 && letter != '\n') line += letter;
  return line;
}

void RunningRung::kill_now() {
  kill(process_, SIGKILL);
  wait();
}

int RunningRung::wait() {
  const int status = exit_status_of(process_);
  process_ = -1;
  return status;
}

namespace {

std::vector<std::string> serve_arguments(const std::filesystem::path& directory,
                                         const std::vector<std::string>& more) {
  std::vector<std::string> arguments{"serve", directory.string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

}  // namespace

ServingRung::ServingRung(const std::filesystem::path& directory,
                         const std::vector<std::string>& more)
    : rung_(serve_arguments(directory, more)), url_(rung_.read_line()) {}

std::string read_text(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace rung::test
