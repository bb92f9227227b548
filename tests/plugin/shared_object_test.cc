#include "plugin/shared_object.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "plugin/crash_notice.h"
#include "plugin/external_answer.h"
#include "plugin/policy_source.h"
#include "plugin/shared_object_policy.h"
#include "tests/plugin/simulated.h"
#include "tests/support/situation.h"

namespace rung::plugin {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;

std::string object(const std::string& name) { return std::string(PLUGIN_DIR "/") + name; }

std::string refusal_of(const std::string& name) {
  const auto loaded = SharedObject::load(object(name));
  return loaded ? std::string() : to_string(loaded.error());
}

TEST(SharedObject, IsRefusedWithTheReason) {
  EXPECT_THAT(refusal_of("absent.so"), EndsWith("absent.so: there is no such shared object"));
  EXPECT_THAT(refusal_of("CTestTestfile.cmake"), HasSubstr("cannot be loaded: "));
  EXPECT_THAT(refusal_of("no_function.so"), HasSubstr("exports no rung_policy_plugin()"));
  EXPECT_THAT(refusal_of("other_version.so"),
              HasSubstr("was built for version 99 of the policy interface; this Rung has version"));
  EXPECT_THAT(refusal_of("short_table.so"), HasSubstr("its table says that it has 8 bytes"));
  EXPECT_THAT(refusal_of("empty_table.so"), HasSubstr("must have create, choose and destroy"));
}

TEST(PolicySource, TellsWhatIsOutside) {
  for (const char* name : {"my.so", "./my.so", "/opt/my.so:0.5", "dir/other", "pensieve:weights"})
    EXPECT_TRUE(PolicySource::is_external(name)) << name;
  for (const char* name : {"bba", "fixed:2", "so", ""})
    EXPECT_FALSE(PolicySource::is_external(name)) << name;
}

TEST(PolicySource, MakesRungsOwnPoliciesAsWell) {
  PolicySource source;
  EXPECT_TRUE(source.make("bba", {}));
  EXPECT_THAT(source.make("bbba", {}).error().message, HasSubstr("did you mean 'bba'"));
}

TEST(SharedObjectPolicy, RunsAWholeSession) {
  PolicySource source;
  const auto outcome = test::simulate_external(source, object("half_buffer.so"));
  ASSERT_TRUE(outcome) << to_string(outcome.error());
  EXPECT_EQ(outcome->report.end, session::EndReason::played_out);
  EXPECT_GT(outcome->report.switches, 0);
  const auto other = test::simulate_external(source, object("half_buffer.so:0.2"));
  ASSERT_TRUE(other);
  EXPECT_NE(outcome->fingerprint, other->fingerprint);
}

TEST(SharedObjectPolicy, SeesTheTitleAhead) {
  PolicySource source;
  const auto outcome = test::simulate_external(source, object("told_policy.so:ahead"));
  ASSERT_TRUE(outcome) << to_string(outcome.error());
  EXPECT_EQ(outcome->report.switches, 1);  // From 1 to 2 at the third segment.
}

TEST(SharedObjectPolicy, MayWait) {
  PolicySource source;
  const auto waiting = test::simulate_external(source, object("told_policy.so:wait"));
  const auto hurried = test::simulate_external(source, object("told_policy.so:1"));
  ASSERT_TRUE(waiting && hurried);
  EXPECT_NE(waiting->fingerprint, hurried->fingerprint);
  EXPECT_EQ(waiting->report.mean_kbps, hurried->report.mean_kbps);
}

TEST(SharedObjectPolicy, GivesRunningTransfersUp) {
  PolicySource source;
  const auto outcome = test::simulate_external(source, object("told_policy.so:give-up"));
  ASSERT_TRUE(outcome) << to_string(outcome.error());
  EXPECT_GT(outcome->report.abandonments, 0);
}

TEST(SharedObjectPolicy, FailsWithTheCallAndTheReason) {
  struct Case {
    const char* act;
    const char* told;
  };
  PolicySource source;
  for (const auto& [act, told] :
       {Case{"range", "told_policy.so: chose representation 77 for segment 2; there are 0 to 5"},
        Case{"silent", "chose representation -1 for segment 2"},
        Case{"throw", "choose() threw: out of ideas"},
        Case{"throw-number", "choose() threw an exception"},
        Case{"status", "choose() returned 3: saw 2 transfers"},
        Case{"negative-wait", "negative wait before segment 2"},
        Case{"refuse", "create() failed: no licence"}, Case{"null", "create() returned null"},
        Case{"give-up-upwards",
             "gave up representation 1 of segment 0 for 1, which is not below it"}})
    EXPECT_THAT(test::failure_of(source, object("told_policy.so:") + act), HasSubstr(told)) << act;
}

TEST(CheckedDecision, BoundsAWaitByTheBuffer) {
  test::Situation situation;
  situation.level = 7s;
  const auto decision = checked_decision(situation.context(), 2, Duration::max(), "p");
  ASSERT_TRUE(decision);
  EXPECT_EQ(decision->not_before, test::Situation::now + 7s);
}

TEST(CrashNotice, NamesWhoAborted) {
  CrashNotice::install();
  EXPECT_DEATH(
      {
        const CrashNotice notice("my.so", "choose");
        std::abort();
      },
      "rung: my.so: crashed inside choose");
}

}  // namespace
}  // namespace rung::plugin
