#include "plugin/child_program.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wordexp.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <mutex>
#include <utility>

#include "core/limits.h"

namespace rung::plugin {
namespace {

using Clock = std::chrono::steady_clock;

std::string system_text(int number) { return std::generic_category().message(number); }

/// Writing to a program that has ended says so with EPIPE, not with a signal that would end us.
class NoBrokenPipeSignal {
 public:
  NoBrokenPipeSignal() {
    sigemptyset(&signal_);
    sigaddset(&signal_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &signal_, &before_);
  }
  NoBrokenPipeSignal(const NoBrokenPipeSignal&) = delete;
  NoBrokenPipeSignal& operator=(const NoBrokenPipeSignal&) = delete;
  ~NoBrokenPipeSignal() {
    if (sigismember(&before_, SIGPIPE) != 0) return;
    constexpr timespec at_once{};
    while (sigtimedwait(&signal_, nullptr, &at_once) == SIGPIPE) continue;
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t signal_{};
  sigset_t before_{};
};

/// A pipe whose ends no other program inherits and that lie above the standard descriptors.
struct Pipe {
  int read = -1;
  int write = -1;

  bool open() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    read = raised(ends[0]);
    write = raised(ends[1]);
    return read >= 0 && write >= 0;
  }
  void close() {
    for (int* end : {&read, &write})
      if (*end >= 0) ::close(std::exchange(*end, -1));
  }

 private:
  static int raised(int descriptor) {
    if (descriptor > STDERR_FILENO) return descriptor;
    const int higher = ::fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    ::close(descriptor);
    return higher;
  }
};

/// In the child, where only what is safe in a signal handler may be called. Does not return.
[[noreturn]] void become(char* const* words, pid_t parent, const Pipe& in, const Pipe& out,
                         const Pipe& told) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // We ended before the system knew of the wish.
  ::setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  std::signal(SIGPIPE, SIG_DFL);
  if (::dup2(in.read, STDIN_FILENO) >= 0 && ::dup2(out.write, STDOUT_FILENO) >= 0)
    ::execvp(words[0], words);
  const int number = errno;
  [[maybe_unused]] const auto lost = ::write(told.write, &number, sizeof number);
  ::_exit(127);
}

/// The child, or -1 with the reason in errno.
pid_t run(std::vector<std::string>& words, const Pipe& in, const Pipe& out) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  Pipe told;
  if (!told.open()) return -1;
  const pid_t self = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) become(pointers.data(), self, in, out, told);
  int number = child < 0 ? errno : 0;
  ::close(std::exchange(told.write, -1));
  // Nothing comes where the program was started: the end closes then.
  while (child > 0 && ::read(told.read, &number, sizeof number) < 0 && errno == EINTR) continue;
  told.close();
  if (number == 0) return child;
  if (child > 0) ::waitpid(child, nullptr, 0);
  errno = number;
  return -1;
}

/// Waits until `descriptor` is ready; false where it is not by then.
bool ready(int descriptor, short events, Clock::time_point until) {
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count() + 1;
    pollfd asked{.fd = descriptor, .events = events, .revents = 0};
    const int count = ::poll(&asked, 1, left > 0 ? static_cast<int>(left) : 0);
    if (count > 0) return true;
    if (count == 0 && Clock::now() >= until) return false;
    if (count < 0 && errno != EINTR) return false;
  }
}

std::string seconds_text(Duration bound) {
  std::string text = std::to_string(to_seconds(bound));
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text + " s";
}

}  // namespace

Expected<std::vector<std::string>> command_words(const std::string& command) {
  static std::mutex mutex;  // wordexp() reads the environment.
  const std::scoped_lock lock(mutex);
  const auto fail = [&](std::string why) {
    return failure(ErrorCode::invalid_argument, std::move(why), "pipe:" + command);
  };
  wordexp_t expanded{};
  const int status = ::wordexp(command.c_str(), &expanded, WRDE_NOCMD | WRDE_UNDEF);
  std::vector<std::string> words;
  if (status == 0) words.assign(expanded.we_wordv, expanded.we_wordv + expanded.we_wordc);
  if (status == 0 || status == WRDE_NOSPACE) ::wordfree(&expanded);
  switch (status) {
    case 0:
      break;
    case WRDE_BADCHAR:
      return fail("no shell runs this, so none of | & ; < > ( ) { } may stand outside quotes");
    case WRDE_BADVAL:
      return fail("names a variable that is not set");
    case WRDE_CMDSUB:
      return fail("no shell runs this, so it can have no command substitution");
    default:
      return fail("is no command line; does a quote not end?");
  }
  if (words.empty()) return fail("needs a command: pipe:COMMAND");
  return words;
}

Expected<std::unique_ptr<ChildProgram>> ChildProgram::start(const std::string& command) {
  auto words = command_words(command);
  if (!words) return tl::unexpected(words.error());
  Pipe in;
  Pipe out;
  const bool opened = in.open() && out.open();
  int number = opened ? 0 : errno;
  std::unique_ptr<ChildProgram> child(new ChildProgram(command, {in.write, out.read}));
  if (opened) {
    std::promise<void> started;
    child->starter_ = std::jthread([&, over = child->over_.get_future()]() mutable {
      child->child_ = run(*words, in, out);
      number = child->child_ < 0 ? errno : 0;
      started.set_value();
      over.wait();
    });
    started.get_future().wait();
  }
  in.write = -1;  // The child's.
  out.read = -1;
  in.close();
  out.close();
  if (number != 0) {
    const ErrorCode code = number == ENOENT ? ErrorCode::not_found : ErrorCode::io;
    return tl::unexpected(
        child->error(code, words->front() + " cannot be run: " + system_text(number)));
  }
  ::fcntl(child->ends_.input, F_SETFL, O_NONBLOCK);
  ::fcntl(child->ends_.output, F_SETFL, O_NONBLOCK);
  return child;
}

ChildProgram::~ChildProgram() {
  close_input();
  if (child_ > 0) {
    // A program that ends closes its output, so there is nothing to poll for but that.
    const auto until = Clock::now() + limits::policy_end_time;
    for (bool open = true; open && ready(ends_.output, POLLIN, until); received_.clear())
      open = receive();
    ::kill(-child_, SIGKILL);
    ::kill(child_, SIGKILL);
    while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) continue;
  }
  if (ends_.output >= 0) ::close(ends_.output);
  over_.set_value();
}

Expected<void> ChildProgram::write(std::string_view line, Duration bound) {
  const NoBrokenPipeSignal quiet;
  const auto until = Clock::now() + bound;
  while (!line.empty()) {
    const auto count = ::write(ends_.input, line.data(), line.size());
    if (count >= 0) {
      line.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      if (!ready(ends_.input, POLLOUT, until))
        return tl::unexpected(
            error(ErrorCode::io, "did not read what it was told within " + seconds_text(bound)));
    } else if (errno != EINTR) {
      return tl::unexpected(ended());
    }
  }
  return {};
}

Expected<std::string_view> ChildProgram::read_line(Duration bound) {
  received_.erase(0, std::exchange(taken_, 0));
  const auto until = Clock::now() + bound;
  for (std::size_t searched = 0;;) {
    const auto end = received_.find('\n', searched);
    if (std::min(end, received_.size()) > limits::policy_answer_size)
      return tl::unexpected(error(
          ErrorCode::limit_exceeded,
          "its answer is longer than " + std::to_string(limits::policy_answer_size) + " bytes"));
    if (end != std::string::npos) {
      taken_ = end + 1;
      return std::string_view(received_).substr(0, end);
    }
    searched = received_.size();
    if (!ready(ends_.output, POLLIN, until))
      return tl::unexpected(
          error(ErrorCode::io, "did not answer within " + seconds_text(bound) +
                                   " (does it flush its output? --policy-timeout allows more)"));
    if (!receive()) return tl::unexpected(ended());
  }
}

bool ChildProgram::spoke() {
  return received_.size() > taken_ || ready(ends_.output, POLLIN, Clock::now());
}

Error ChildProgram::error(ErrorCode code, std::string message) const {
  return {code, std::move(message), "pipe:" + command_};
}

Error ChildProgram::ended() {
  close_input();
  siginfo_t state{};
  const auto until = Clock::now() + limits::policy_end_time;
  while (::waitid(P_PID, static_cast<id_t>(child_), &state, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         state.si_pid == 0 && Clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::string how = "closed its standard output";
  if (state.si_pid != 0 && state.si_code == CLD_EXITED)
    how = "ended with status " + std::to_string(state.si_status);
  else if (state.si_pid != 0)
    how = "was ended by signal " + std::to_string(state.si_status);
  return error(ErrorCode::io, how + " before the session was over");
}

void ChildProgram::close_input() {
  if (ends_.input >= 0) ::close(std::exchange(ends_.input, -1));
}

bool ChildProgram::receive() {
  std::array<char, 4096> some{};
  const auto count = ::read(ends_.output, some.data(), some.size());
  if (count > 0) received_.append(some.data(), static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

}  // namespace rung::plugin
