#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "abr/estimator_factory.h"
#include "network_sim/simulated_environment.h"
#include "plugin/policy_source.h"
#include "session/run.h"
#include "session/session_log.h"
#include "tests/cli/run_program.h"
#include "tests/support/links.h"
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
  EXPECT_THAT(refused.text, HasSubstr("is a file outside Rung; to run it, name it with --policy"));
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
