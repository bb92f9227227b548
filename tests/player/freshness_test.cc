#include "player/freshness.h"

#include <gtest/gtest.h>

#include <ctime>

#include "player/wall_clock.h"

namespace rung::player {
namespace {

using namespace std::chrono_literals;

Duration fresh_for(std::string_view cache_control, std::string_view age = {}) {
  return freshness_of(cache_control, age, false).fresh_for;
}

TEST(Freshness, ADayWhereNothingIsSaidAndNoneWhereItIsSaidInAnotherWay) {
  EXPECT_EQ(freshness_of("", "", false), Freshness{});
  EXPECT_EQ(freshness_of("", "", true).fresh_for, 0s);
  EXPECT_TRUE(freshness_of("", "", true).may_keep);
}

TEST(WallClock, IsTheMachinesOwn) {
  const Duration before = std::chrono::seconds(std::time(nullptr));
  const Duration now = since_1970();
  EXPECT_GE(now + 1s, before);
  EXPECT_LE(now, before + 60s);
}

TEST(Freshness, TheServersWordCountsUpToADay) {
  EXPECT_EQ(fresh_for("max-age=60"), 60s);
  EXPECT_EQ(fresh_for("public, MAX-AGE=\"90\" , immutable"), 90s);
  EXPECT_EQ(fresh_for("max-age=31536000"), 24h);
  EXPECT_EQ(fresh_for("max-age=99999999999999999999999"), 24h);
  EXPECT_EQ(fresh_for("s-maxage=60"), 24h);
  EXPECT_EQ(fresh_for("max-age=60, max-age=30"), 30s);
  EXPECT_EQ(freshness_of("max-age=60", "", true).fresh_for, 60s);
}

TEST(Freshness, WhatIsUnsureIsStale) {
  EXPECT_EQ(fresh_for("no-cache"), 0s);
  EXPECT_EQ(fresh_for("no-cache=\"Set-Cookie\", max-age=60"), 0s);
  EXPECT_EQ(fresh_for("max-age=soon"), 0s);
  EXPECT_EQ(fresh_for("max-age=-5"), 0s);
  EXPECT_EQ(fresh_for("max-age="), 0s);
}

TEST(Freshness, TimeInOtherCachesIsOver) {
  EXPECT_EQ(fresh_for("max-age=60", "20"), 40s);
  EXPECT_EQ(fresh_for("max-age=60", "70"), 0s);
  EXPECT_EQ(fresh_for("", "3600"), 23h);
  EXPECT_EQ(fresh_for("max-age=60", "old"), 0s);
}

TEST(Freshness, OfTwoTheStricterOneCounts) {
  EXPECT_FALSE(freshness_of("private, No-Store", "", false).may_keep);
  EXPECT_EQ(both({.may_keep = false}, {.fresh_for = 5s}),
            (Freshness{.may_keep = false, .fresh_for = 5s}));
}

}  // namespace
}  // namespace rung::player
