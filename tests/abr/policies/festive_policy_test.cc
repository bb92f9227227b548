#include "abr/policies/festive_policy.h"

#include <gtest/gtest.h>

#include "tests/support/situation.h"

namespace rung::abr {
namespace {

using std::chrono::seconds;
using test::Situation;

Situation after(RepresentationIndex previous, std::int64_t forecast_kbps) {
  Situation situation;
  situation.previous = previous;
  situation.forecast_kbps = forecast_kbps;
  return situation;
}

TEST(FestivePolicy, RisesFromTheThirdRungAfterThreeSegments) {
  // Staying scores 1 + 12 |1200 / 1850 - 1| = 5.2, the step 2.
  const Situation situation = after(2, 4300);
  FestivePolicy policy(1);
  EXPECT_EQ(situation.ask(policy), (Decision{.representation = 2, .reason = Reason::hysteresis}));
  EXPECT_EQ(situation.ask(policy).representation, 2u);
  EXPECT_EQ(situation.ask(policy), (Decision{.representation = 3, .reason = Reason::throughput}));
}

TEST(FestivePolicy, FallsByOneAtOnce) {
  // 0.85 x 850 < 1200: staying scores 1 + 12 |1200 / 750 - 1| = 8.2, the step 2.
  FestivePolicy policy(1);
  EXPECT_EQ(after(2, 850).ask(policy).representation, 1u);
}

TEST(FestivePolicy, StaysAfterManySwitchesUntilTheyAreTwentySecondsOld) {
  // Four switches: staying scores 16 + 7.2, the step 32.
  FestivePolicy policy(1);
  for (const RepresentationIndex previous : {2u, 1u, 2u, 1u})
    static_cast<void>(after(previous, 850).ask(policy));
  const Situation situation = after(2, 850);
  DecisionContext context = situation.context();
  EXPECT_EQ(policy.choose(context).representation, 2u);
  context.now += seconds(21);
  EXPECT_EQ(policy.choose(context).representation, 1u);
}

TEST(FestivePolicy, AsksAtARandomLevelWithinOneSegmentOfTheTarget) {
  // The target is 30 - 2 x 4 = 22 s: at 26 s the wait is up to 8 s, and its mean 4 s.
  Situation situation = after(0, 850);
  situation.level = seconds(26);
  FestivePolicy policy(7);
  Duration sum{};
  for (int i = 0; i < 1000; ++i) {
    const Duration wait = situation.ask(policy).not_before - Situation::now;
    ASSERT_GE(wait, Duration::zero());
    ASSERT_LE(wait, seconds(8));
    sum += wait;
  }
  EXPECT_NEAR(to_seconds(sum) / 1000, 4, 0.3);
}

}  // namespace
}  // namespace rung::abr
