#include "abr/policies/bba2_policy.h"

#include <gtest/gtest.h>

#include "tests/support/situation.h"

namespace rung::abr {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Situation;

/// At `level` of 240 s, after a segment of 4 s that took `took`.
Decision after(Duration took, Duration level) {
  Situation situation;
  situation.capacity = seconds(240);
  situation.level = level;
  situation.previous = 1;
  Bba2Policy policy;
  policy.observe({.completed = Timestamp(took), .size = ByteCount(100'000)});
  return situation.ask(policy);
}

TEST(Bba2Policy, RisesInTheStartUpWhenASegmentCameEightTimesAsFastAsItPlays) {
  // 4 s - 0.5 s are exactly 0.875 x 4 s: not more.
  EXPECT_EQ(after(milliseconds(500), {}).representation, 1u);
  EXPECT_EQ(after(milliseconds(499), {}),
            (Decision{.representation = 2, .reason = Reason::throughput}));
}

TEST(Bba2Policy, AsksForLessTheFullerTheCushion) {
  // In the reservoir of 8 s the share is 0.875 - 0.375 x 6 / 216 = 0.8646: 3.458 s of 4 s.
  EXPECT_EQ(after(milliseconds(541), seconds(6)).representation, 2u);
  EXPECT_EQ(after(milliseconds(542), seconds(6)).representation, 1u);
}

TEST(Bba2Policy, FollowsTheMapOnceTheBufferShrinks) {
  Situation situation;
  situation.capacity = seconds(240);
  situation.previous = 5;
  Bba2Policy policy;
  situation.level = seconds(7);
  EXPECT_EQ(situation.ask(policy).representation, 5u);
  situation.level = seconds(6);  // in the reservoir
  EXPECT_EQ(situation.ask(policy).representation, 0u);
  policy.observe({.completed = Timestamp(milliseconds(1)), .size = ByteCount(100'000)});
  situation.level = seconds(7);
  EXPECT_EQ(situation.ask(policy).representation, 0u);
}

TEST(Bba2Policy, FollowsTheMapOnceItAsksForMore) {
  Situation situation;
  situation.capacity = seconds(240);
  situation.previous = 0;
  situation.level = seconds(112);  // the map is at 2300 kbit/s
  Bba2Policy policy;
  EXPECT_EQ(situation.ask(policy).representation, 3u);
}

}  // namespace
}  // namespace rung::abr
