#include "abr/policies/media3_policy.h"

#include <gtest/gtest.h>

#include "tests/support/situation.h"

namespace rung::abr {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Situation;

Situation from(RepresentationIndex previous, Duration level, std::int64_t forecast_kbps) {
  Situation situation;
  situation.capacity = seconds(50);
  situation.previous = previous;
  situation.level = level;
  situation.forecast_kbps = forecast_kbps;
  return situation;
}

TEST(Media3Policy, TakesSeventyPercentOfTheForecast) {
  Media3Policy policy;
  // 0.7 x 2645 = 1851, 0.7 x 2640 = 1848.
  EXPECT_EQ(from(0, seconds(10), 2645).ask(policy),
            (Decision{.representation = 3, .reason = Reason::throughput}));
  EXPECT_EQ(from(0, seconds(10), 2640).ask(policy).representation, 2u);
}

TEST(Media3Policy, RisesOnlyFromTenSecondsOn) {
  Media3Policy policy;
  EXPECT_EQ(from(1, milliseconds(9999), 9000).ask(policy),
            (Decision{.representation = 1, .reason = Reason::hysteresis}));
  EXPECT_EQ(from(1, seconds(10), 9000).ask(policy).representation, 5u);
  // A buffer of 16 s: half of what it holds when a session asks, 6 s.
  Situation small = from(1, seconds(6), 9000);
  small.capacity = seconds(16);
  EXPECT_EQ(small.ask(policy).representation, 5u);
}

TEST(Media3Policy, FallsOnlyBelowTwentyFiveSeconds) {
  Media3Policy policy;
  EXPECT_EQ(from(4, seconds(25), 1000).ask(policy),
            (Decision{.representation = 4, .reason = Reason::hysteresis}));
  EXPECT_EQ(from(4, milliseconds(24'999), 1000).ask(policy).representation, 0u);
}

}  // namespace
}  // namespace rung::abr
