#include "core/speed.h"

#include <gtest/gtest.h>

#include <chrono>

namespace rung {
namespace {

using namespace std::chrono_literals;

TEST(Speed, RescalesTimesExactlyAndItsOwnLeavesThemAlone) {
  constexpr Speed own;
  EXPECT_EQ(own.media_in(Duration::max()), Duration::max());
  EXPECT_EQ(own.time_for(Duration(7)), Duration(7));
  const Speed faster = Speed::of_percent(150);
  EXPECT_EQ(faster.media_in(2s), 3s);
  EXPECT_EQ(faster.time_for(3s), 2s);
  EXPECT_EQ(Speed::of_percent(25).time_for(1h), 4h);
  EXPECT_EQ(Speed::of_percent(400).media_in(1h), 4h);
}

TEST(Speed, WhatTakesATimeHasBeenPlayedByThen) {
  for (const int percent : {10, 25, 75, 125, 175, 300, 400, 1000})
    for (const Duration media : {Duration(0), Duration(1), Duration(99), Duration(1'234'567'891)}) {
      const Speed speed = Speed::of_percent(percent);
      EXPECT_GE(speed.media_in(speed.time_for(media)), media) << percent;
      if (media > Duration{}) {
        EXPECT_LT(speed.media_in(speed.time_for(media) - Duration(1)), media) << percent;
      }
    }
}

TEST(Speed, WhatIsTooLongIsTheLongest) {
  EXPECT_EQ(Speed::of_percent(25).time_for(Duration::max()), Duration::max());
  EXPECT_EQ(Speed::of_percent(400).media_in(Duration::max()), Duration::max());
  EXPECT_LT(Speed::of_percent(400).time_for(Duration::max()), Duration::max());
}

}  // namespace
}  // namespace rung
