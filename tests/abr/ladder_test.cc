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

}  // namespace
}  // namespace rung::abr
