#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "abr/policy_factory.h"
#include "core/random.h"
#include "tests/support/situation.h"

namespace rung::abr {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Situation;
using test::six_rungs;

class EveryPolicy : public testing::TestWithParam<std::string_view> {};

TEST_P(EveryPolicy, StaysWithinAnyLadder) {
  const std::vector<std::vector<std::int64_t>> ladders{
      {500}, {500, 500, 500}, {300, 300, 900, 900}, six_rungs};
  Random random(3);
  for (const auto& ladder : ladders) {
    const auto policy = *make_policy(GetParam(), {});
    Situation situation;
    situation.track = test::uniform_track(50, seconds(4), ladder);
    for (int i = 0; i < 2000; ++i) {
      situation.segment = static_cast<SegmentNumber>(random.below(50));
      situation.level = milliseconds(random.below(26'001));
      situation.previous.reset();
      if (random.below(8) != 0 && situation.segment > 0)
        situation.previous = random.below(ladder.size());
      situation.forecast_kbps.reset();
      if (random.below(8) != 0)
        situation.forecast_kbps = 1 + static_cast<std::int64_t>(random.below(9000));
      const Decision decision = situation.ask(*policy);
      ASSERT_LT(decision.representation, ladder.size());
      // A wait never outlasts the buffer.
      ASSERT_LE(decision.not_before, Situation::now + situation.level);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, EveryPolicy, testing::ValuesIn(policy_names()),
                         [](const auto& instance) {
                           std::string name(instance.param);
                           std::erase(name, '-');
                           return name;
                         });

TEST(PolicyFactory, MakesItsDefault) { EXPECT_TRUE(make_policy(default_policy, {})); }

TEST(PolicyFactory, NamesTheNearestOfAllForAnUnknownName) {
  const auto made = make_policy("robustmpc", {});
  ASSERT_FALSE(made);
  EXPECT_TRUE(made.error().message.starts_with(
      "unknown policy 'robustmpc'; did you mean 'robust-mpc'? Known: fixed, rate, bba, "))
      << made.error().message;
}

TEST(PolicyFactory, RefusesPenaltiesThatCannotBePlannedWith) {
  EXPECT_FALSE(make_policy("robust-mpc", {.qoe = {.switch_penalty = -1}}));
  EXPECT_FALSE(make_policy("robust-mpc", {.qoe = {.rebuffer_penalty = std::nan("")}}));
}

}  // namespace
}  // namespace rung::abr
