#include "plugin/pipe_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cerrno>
#include <fstream>
#include <string>

#include "plugin/child_program.h"
#include "plugin/policy_source.h"
#include "tests/plugin/simulated.h"
#include "tests/support/situation.h"
#include "tests/support/temporary_directory.h"

namespace rung::plugin {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

std::string program(const std::string& act) {
  return "pipe:/usr/bin/python3 -ES " RUNG_SOURCE_DIR "/tests/plugin/told_program.py " + act;
}

TEST(CommandWords, AreReadAsAShellReadsThemButNothingElseRuns) {
  EXPECT_THAT(*command_words("a 'b c' \"d\"\\ e"), ElementsAre("a", "b c", "d e"));
  for (const char* command : {"", "a | b", "a; b", "a > b", "a $(b)", "a 'b", "$RUNG_NOT_SET"})
    EXPECT_EQ(command_words(command).error().code, ErrorCode::invalid_argument) << command;
}

TEST(ChildProgram, IsSpokenToInLines) {
  const auto child = ChildProgram::start("cat");
  ASSERT_TRUE(child) << to_string(child.error());
  ASSERT_TRUE((*child)->write("one\ntwo\n", 5s));
  EXPECT_EQ((*child)->read_line(5s).value_or("none"), "one");
  EXPECT_TRUE((*child)->spoke());
  EXPECT_EQ((*child)->read_line(5s).value_or("none"), "two");
  EXPECT_FALSE((*child)->spoke());
  EXPECT_THAT((*child)->read_line(10ms).error().message, HasSubstr("did not answer within 0.01 s"));
}

TEST(ChildProgram, ThatDoesNotReadOrHasEndedIsAnError) {
  const auto deaf = ChildProgram::start("sleep 60");
  ASSERT_TRUE(deaf);
  EXPECT_THAT((*deaf)->write(std::string(1'000'000, 'x') + '\n', 10ms).error().message,
              HasSubstr("did not read what it was told within 0.01 s"));
  const auto gone = ChildProgram::start("sh -c 'exit 4'");
  ASSERT_TRUE(gone);
  EXPECT_THAT(to_string((*gone)->read_line(5s).error()),
              HasSubstr("pipe:sh -c 'exit 4': ended with status 4"));
  EXPECT_THAT((*gone)->write("x\n", 5s).error().message, HasSubstr("ended with status 4"));
}

TEST(PipePolicy, NeedsAProgramThatCanBeRun) {
  PolicySource source;
  EXPECT_TRUE(PolicySource::is_external("pipe:any"));
  const auto absent = source.make("pipe:rung-has-no-such-program x", {});
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::not_found);
  EXPECT_THAT(to_string(absent.error()), HasSubstr("rung-has-no-such-program cannot be run: No"));
  EXPECT_THAT(source.make("pipe:", {}).error().message, HasSubstr("needs a command"));
}

TEST(PipePolicy, ChoosesAsTheSameRuleInASharedObjectDoes) {
  PolicySource source;
  const auto object = test::simulate_external(source, PLUGIN_DIR "/half_buffer.so:0.3");
  const auto outcome = test::simulate_external(source, "pipe:/usr/bin/python3 -ES " RUNG_SOURCE_DIR
                                                       "/examples/pipe_policy/half_buffer.py 0.3");
  ASSERT_TRUE(outcome) << to_string(outcome.error());
  EXPECT_EQ(outcome->fingerprint, object->fingerprint);
  EXPECT_GT(outcome->report.switches, 0);
}

TEST(PipePolicy, SeesTheTitleAheadAndTheTransfersBehind) {
  PolicySource source;
  const auto outcome = test::simulate_external(source, program("ahead"), false);
  ASSERT_TRUE(outcome) << to_string(outcome.error());
  EXPECT_EQ(outcome->report.switches, 1);  // From 1 to 2 at the third segment.
}

TEST(PipePolicy, MayWait) {
  PolicySource source;
  const auto waiting = test::simulate_external(source, program("wait"), false);
  const auto hurried = test::simulate_external(source, "fixed:1", false);
  ASSERT_TRUE(waiting && hurried);
  EXPECT_NE(waiting->fingerprint, hurried->fingerprint);
  EXPECT_EQ(waiting->report.mean_kbps, hurried->report.mean_kbps);
}

TEST(PipePolicy, TellsItsReasonWhereItHasOne) {
  PolicySource source;
  const auto policy = source.make(program("wait"), {});
  ASSERT_TRUE(policy);
  test::Situation situation;
  situation.segment = 1;
  EXPECT_EQ(situation.ask(**policy).reason, abr::Reason::buffer);
  situation.previous.reset();
  EXPECT_EQ(situation.ask(**policy).reason, abr::Reason::external);
}

TEST(PipePolicy, IsToldWhereTheLastSegmentOfALiveTitleIsOfAnotherLength) {
  PolicySource source;
  const auto policy = source.make(program("grown"), {});
  ASSERT_TRUE(policy);
  test::Situation situation;
  situation.segment = 2;
  EXPECT_EQ(situation.ask(**policy).representation, 0);
  // The program chooses as many as the seconds that it is told.
  for (const auto length : {Duration(1s), Duration(2s)}) {
    const auto grown = situation.track.grown({.parts = {}, .last_duration = length.count()});
    ASSERT_TRUE(grown);
    situation.track = *grown;
    EXPECT_EQ(situation.ask(**policy).representation, to_seconds(length));
    EXPECT_EQ(situation.ask(**policy).representation, 0) << "told twice";
  }
  EXPECT_FALSE((*policy)->failure());
}

TEST(PipePolicy, OneProgramServesSessionsThatFollowOneAnother) {
  PolicySource source;
  const auto first = test::simulate_external(source, program("sessions"), false);
  const auto second = test::simulate_external(source, program("sessions"), false);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->report.switches, 0);   // Representation 1 all along.
  EXPECT_EQ(second->report.switches, 1);  // To 2.
}

TEST(PipePolicy, FailsWithTheReason) {
  struct Case {
    const char* act;
    const char* told;
  };
  PolicySource source;
  for (const auto& [act, told] :
       {Case{"no-start", "ended with status 3 before the session was over"},
        Case{"version", "speaks version 2 of the protocol; this Rung speaks 1"},
        Case{"range", "chose representation 77 for segment 2; there are 0 to 5"},
        Case{"die", "ended with status 9"}, Case{"kill", "was ended by signal 15"},
        Case{"nonsense", "answered segment 2 with \"hello there\": a JSON object"},
        Case{"text", "\"representation\" must be a whole number"},
        Case{"fraction", "\"representation\" must be a whole number"},
        Case{"reason", "\"reason\" is none of Rung's reasons"},
        Case{"long", "its answer is longer than 65536 bytes"},
        Case{"twice", "said something before segment 3 without being asked"}})
    EXPECT_THAT(test::failure_of(source, program(act)), HasSubstr(told)) << act;
  PolicySource hurried(100ms);
  EXPECT_THAT(test::failure_of(hurried, program("late")), HasSubstr("did not answer within 0.1 s"));
}

TEST(PipePolicy, LeavesNoProgramBehind) {
  const test::TemporaryDirectory folder;
  const std::string file = (folder.path() / "id").string();
  PolicySource source(100ms);
  EXPECT_THAT(test::failure_of(source, program("deaf " + file)), HasSubstr("did not answer"));
  pid_t id = 0;
  std::ifstream(file) >> id;
  ASSERT_GT(id, 0);
  EXPECT_EQ(::kill(id, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

}  // namespace
}  // namespace rung::plugin
