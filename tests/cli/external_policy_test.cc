#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "abr/estimator_factory.h"
#include "network_sim/simulated_environment.h"
#include "plugin/policy_source.h"
#include "session/run.h"
#include "session/session_log.h"
#include "tests/cli/run_program.h"
#include "tests/support/links.h"
#include "tests/support/pensieve_parameters.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/titles.h"

// Policies from outside Rung through the command line.

namespace rung {
namespace {

using test::Output;
using testing::HasSubstr;

std::string object(const std::string& name) { return std::string(PLUGIN_DIR "/") + name; }

Output simulate(const std::string& policy, const std::string& rest) {
  return test::run(RUNG_PROGRAM " simulate --format csv --trace " RUNG_SOURCE_DIR
                                "/traces/synthetic --title " RUNG_SOURCE_DIR
                                "/examples/ladder.json --policy \"" +
                   policy + "\" " + rest);
}

TEST(SharedObjectPolicy, RunsUnderSimulateWithAnyNumberOfJobs) {
  const Output one = simulate(object("half_buffer.so"), "--jobs 1 2>/dev/null");
  EXPECT_EQ(one.status, 0);
  EXPECT_THAT(one.text, HasSubstr("half_buffer.so,harmonic,"));
  EXPECT_EQ(simulate(object("half_buffer.so"), "--jobs 4 2>/dev/null").text, one.text);
}

TEST(PensievePolicy, RunsFromItsFolderUnderSimulate) {
  const test::TemporaryDirectory folder;
  const std::string name = "pensieve:" + folder.path().string();
  const Output absent = simulate(name, "2>&1");
  EXPECT_EQ(absent.status, 1);
  EXPECT_THAT(absent.text, HasSubstr("actor_manifest.json: there is no such file"));
  // The fifth representation is always the likeliest.
  test::PensieveParameters parameters;
  parameters.bias(7, 4) = 1;
  std::ofstream(folder.path() / "actor_manifest.json") << test::PensieveParameters::manifest();
  std::ofstream(folder.path() / "actor_f32le.bin", std::ios::binary) << parameters.bytes();
  const std::string decisions = (folder.path() / "decisions.tsv").string();
  const Output ran = simulate(name, "--never-abandon --decisions " + decisions + " 2>/dev/null");
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.text, HasSubstr(folder.path().string() + ",harmonic,"));
  std::ifstream table(decisions);
  std::string line;
  std::getline(table, line);
  int fifth = 0;
  int rows = 0;
  for (; std::getline(table, line); ++rows)
    if (line.find("\t4\t") != std::string::npos) ++fifth;
  EXPECT_GT(rows, 100);
  EXPECT_GT(fifth, rows * 9 / 10);
}

TEST(SharedObjectPolicy, FailsWithOneLineAndNoOutput) {
  const test::TemporaryDirectory directory;
  const std::string file = (directory.path() / "out.csv").string();
  const Output failed = simulate(object("told_policy.so:range"), "-o " + file + " 2>&1");
  EXPECT_EQ(failed.status, 1);
  EXPECT_THAT(failed.text, HasSubstr("chose representation 77"));
  EXPECT_FALSE(std::filesystem::exists(file));
  const Output refused = simulate(object("other_version.so"), "2>&1");
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.text, HasSubstr("was built for version 99"));
}

std::string program(const std::string& act) {
  return "pipe:/usr/bin/python3 -ES " RUNG_SOURCE_DIR "/tests/plugin/told_program.py " + act;
}

TEST(PipePolicy, RunsUnderSimulateWithAnyNumberOfJobs) {
  const std::string name =
      "pipe:/usr/bin/python3 -ES " RUNG_SOURCE_DIR "/examples/pipe_policy/half_buffer.py 0.3";
  const Output one = simulate(name, "--jobs 1 2>/dev/null");
  EXPECT_EQ(one.status, 0);
  EXPECT_THAT(one.text, HasSubstr("half_buffer.py 0.3,harmonic,"));
  EXPECT_EQ(simulate(name, "--jobs 3 2>/dev/null").text, one.text);
}

/// What is behind the last comma of every line: the sessions' fingerprints.
std::vector<std::string> fingerprints(const std::string& csv) {
  std::vector<std::string> found;
  std::istringstream lines(csv);
  for (std::string line; std::getline(lines, line);) found.push_back(line.substr(line.rfind(',')));
  return found;
}

TEST(ExternalPolicies, AreToldOfWhatALiveTitleGrowsBy) {
  const Output pipe = simulate("pipe:/usr/bin/python3 -ES " RUNG_SOURCE_DIR
                               "/examples/pipe_policy/half_buffer.py 0.4",
                               "--live 13 2>/dev/null");
  EXPECT_EQ(pipe.status, 0);
  const Output shared = simulate(object("half_buffer.so:0.4"), "--live 13 2>/dev/null");
  EXPECT_EQ(shared.status, 0);
  EXPECT_GT(fingerprints(pipe.text).size(), 5U);
  EXPECT_EQ(fingerprints(pipe.text), fingerprints(shared.text));
}

TEST(PipePolicy, FailsWithOneLineAndNoOutput) {
  const test::TemporaryDirectory directory;
  const std::string file = (directory.path() / "out.csv").string();
  const Output failed = simulate(program("die"), "-o " + file + " 2>&1");
  EXPECT_EQ(failed.status, 1);
  EXPECT_THAT(failed.text, HasSubstr("told_program.py die: ended with status 9"));
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_THAT(simulate(program("late"), "--policy-timeout 0.2 2>&1").text,
              HasSubstr("did not answer within 0.2 s"));
}

TEST(PipePolicy, IsAnotherOneInAJournalWhereItsProgramChanges) {
  const test::TemporaryDirectory directory;
  const std::string copy = (directory.path() / "policy.py").string();
  std::filesystem::copy_file(RUNG_SOURCE_DIR "/examples/pipe_policy/half_buffer.py", copy);
  const std::string name = "pipe:python3 -ES " + copy + " 0.3";
  const std::string journal = "--quiet --journal " + (directory.path() / "j").string();
  ASSERT_EQ(simulate(name, journal + " 2>&1").status, 0);
  EXPECT_EQ(simulate(name, journal + " --continue 2>&1").status, 0);
  std::ofstream(copy, std::ios::app) << "# changed\n";
  const Output changed = simulate(name, journal + " --continue 2>&1");
  EXPECT_EQ(changed.status, 2);
  EXPECT_THAT(changed.text, HasSubstr("of another run"));
}

TEST(PipePolicy, HasNoJournalWhereItsCommandNamesNoFile) {
  const test::TemporaryDirectory directory;
  const std::string journal = (directory.path() / "j").string();
  // A program on PATH.
  std::ofstream(directory.path() / "policy") << "#!/bin/sh\nexec python3 -ES " RUNG_SOURCE_DIR
                                                "/examples/pipe_policy/half_buffer.py 0.3\n";
  std::filesystem::permissions(directory.path() / "policy", std::filesystem::perms::owner_all);
  const std::string command = "PATH=" + directory.path().string() + ":$PATH " RUNG_PROGRAM;
  const Output refused = test::run(command +
                                   " simulate --policy pipe:policy --trace " RUNG_SOURCE_DIR
                                   "/traces/synthetic --title " RUNG_SOURCE_DIR
                                   "/examples/ladder.json --quiet --journal " +
                                   journal + " 2>&1");
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.text, HasSubstr("rung: pipe:policy: no word of the command is a file"));
  EXPECT_FALSE(std::filesystem::exists(journal));
  std::ofstream(directory.path() / "suite.toml")
      << "title = \"" RUNG_SOURCE_DIR "/examples/ladder.json\"\ntraces = \"" RUNG_SOURCE_DIR
         "/traces/synthetic\"\npolicies = \"pipe:policy\"\n";
  const std::string suite = (directory.path() / "suite.toml").string();
  const Output judged =
      test::run(command + " evaluate " + suite + " --quiet --journal " + journal + " 2>&1");
  EXPECT_EQ(judged.status, 2);
  EXPECT_THAT(judged.text, HasSubstr("rung: pipe:policy: no word of the command is a file"));
  EXPECT_EQ(test::run(command + " evaluate " + suite + " --quiet 2>&1").status, 0);
}

TEST(PipePolicy, DoesNotOutliveAProgramThatIsKilled) {
  const test::TemporaryDirectory directory;
  const std::string file = (directory.path() / "id").string();
  const Output left = test::run(
      RUNG_PROGRAM " simulate --trace " RUNG_SOURCE_DIR "/traces/synthetic --title " RUNG_SOURCE_DIR
                   "/examples/ladder.json --policy '" +
      program("deaf " + file) + "' >/dev/null 2>&1 & rung=$!; while [ ! -s " + file +
      " ]; do sleep 0.02; done; sleep 0.1; kill -9 $rung; wait $rung; "
      "for i in $(seq 100); do kill -0 $(cat " +
      file + ") 2>/dev/null || exit 0; sleep 0.05; done; exit 1");
  EXPECT_EQ(left.status, 0);
}

/// The log of a simulated session under `name`.
std::string record(const std::string& name) {
  const media::Tracks tracks = test::video_only(10);
  const session::SessionSetup setup{.title = "title",
                                    .policy = name,
                                    .estimator = "harmonic",
                                    .options = *session::validate({}, tracks),
                                    .tracks = tracks};
  plugin::PolicySource source;
  session::StreamingSession session(tracks, setup.options, *source.make(name, {}),
                                    *abr::make_estimator("harmonic"));
  const network_sim::LinkCapacity link(test::constant_link(BitRate::bits_per_second(3'000'000)));
  network_sim::SimulatedEnvironment world(tracks, link, {});
  std::string text;
  session::SessionLog log(
      setup, 0,
      {.line = [&](std::string_view line) { text.append(line) += '\n'; }, .url = {}, .output = {}});
  session::RecordingEnvironment recording(world, session, log);
  session::run(session, recording);
  log.finished(session.report());
  return text;
}

TEST(SharedObjectPolicy, IsReplayedOnlyWhereItIsNamed) {
  const test::TemporaryDirectory directory;
  const std::string name = object("half_buffer.so");
  const std::string file = (directory.path() / "log.jsonl").string();
  std::ofstream(file) << record(name);
  const std::string replay = RUNG_PROGRAM " replay " + file;
  const Output refused = test::run(replay + " 2>&1");
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.text, HasSubstr("is outside Rung; to run it, name it with --policy"));
  const Output same = test::run(replay + " --policy " + name + " 2>&1");
  EXPECT_EQ(same.status, 0);
  EXPECT_THAT(same.text, HasSubstr("requests reproduced"));
  const Output other = test::run(replay + " --policy " + name + ":0.1 2>&1");
  EXPECT_EQ(other.status, 1);
  EXPECT_THAT(other.text, HasSubstr("the replay differs"));
}

TEST(SharedObjectPolicy, IsNamedWhereItAbortsTheProgram) {
  const Output aborted = simulate(object("told_policy.so:abort"), "2>&1");
  EXPECT_NE(aborted.status, 0);
  EXPECT_THAT(aborted.text, HasSubstr("told_policy.so: crashed inside choose()"));
}

}  // namespace
}  // namespace rung
