#include "abr/ladder.h"

#include <gtest/gtest.h>

#include <array>

namespace rung::abr {
namespace {

TEST(HighestWithin, TakesTheFirstOfEqualsAndTheLowestWhenAllAreAbove) {
  constexpr std::array ladder{300_kbps, 900_kbps, 900_kbps, 2000_kbps};
  EXPECT_EQ(highest_within(ladder, 100_kbps), 0u);
  EXPECT_EQ(highest_within(ladder, 899_kbps), 0u);
  EXPECT_EQ(highest_within(ladder, 900_kbps), 1u);
  EXPECT_EQ(highest_within(ladder, 9000_kbps), 3u);
}

TEST(NextAboveAndBelow, StepOverEqualBandwidthsAndStayWithinTheLadder) {
  constexpr std::array ladder{300_kbps, 900_kbps, 900_kbps, 2000_kbps};
  EXPECT_EQ(next_above(ladder, 0), 1u);
  EXPECT_EQ(next_above(ladder, 1), 3u);
  EXPECT_EQ(next_above(ladder, 3), 3u);
  EXPECT_EQ(next_below(ladder, 3), 1u);
  EXPECT_EQ(next_below(ladder, 2), 0u);
  EXPECT_EQ(next_below(ladder, 0), 0u);
}

}  // namespace
}  // namespace rung::abr
