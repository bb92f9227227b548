#include "recommend/popularity.h"

#include <gtest/gtest.h>

#include <cmath>

namespace rung::recommend {
namespace {

TEST(Popularity, CountsPlaysAndHalvesOldOnes) {
  const auto half_life = 180LL * 86'400;
  const auto plays = parse_plays("viewer,title,time\nv,a,0\nv,b," + std::to_string(half_life) +
                                     "\nw,a," + std::to_string(half_life) + "\n",
                                 "p");
  ASSERT_TRUE(plays);
  const Popularity popularity = Popularity::count(*plays);
  EXPECT_FLOAT_EQ(popularity.counts()[0], 2);
  EXPECT_FLOAT_EQ(popularity.counts()[1], 1);
  EXPECT_FLOAT_EQ(popularity.recent_counts()[0], 1.5);
  EXPECT_FLOAT_EQ(popularity.recent_counts()[1], 1);
  // Half a play is added to each title.
  EXPECT_FLOAT_EQ(popularity.shares()[0], 2.5F / 4);
  EXPECT_FLOAT_EQ(popularity.lifts()[0], std::log(2 * 2.5F / 4));
}

}  // namespace
}  // namespace rung::recommend
