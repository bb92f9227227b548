#include "abr/policies/bba0_policy.h"

#include <gtest/gtest.h>

#include "tests/support/situation.h"

namespace rung::abr {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Situation;

/// The paper's buffer: 90 s of reservoir, the upper end at 216 s.
Situation with_240_seconds(Duration level, RepresentationIndex previous) {
  Situation situation;
  situation.capacity = seconds(240);
  situation.level = level;
  situation.previous = previous;
  return situation;
}

TEST(Bba0Policy, TakesTheLowestInTheReservoirAndTheHighestAboveTheCushion) {
  Bba0Policy policy;
  EXPECT_EQ(with_240_seconds(seconds(90), 4).ask(policy).representation, 0u);
  EXPECT_EQ(with_240_seconds(seconds(216), 1).ask(policy).representation, 5u);
}

TEST(Bba0Policy, FollowsAlgorithmOneHalfWayUpTheCushion) {
  // At 153 s the line is half way from 300 to 4300 kbit/s: f = 2300.
  Bba0Policy policy;
  // Rate+ = 1850 <= f: the highest below f.
  EXPECT_EQ(with_240_seconds(seconds(153), 2).ask(policy),
            (Decision{.representation = 3, .reason = Reason::buffer}));
  // Rate- = 2850 >= f: the lowest above f.
  EXPECT_EQ(with_240_seconds(seconds(153), 5).ask(policy),
            (Decision{.representation = 4, .reason = Reason::buffer}));
  // 1200 < f < 2850: as before.
  EXPECT_EQ(with_240_seconds(seconds(153), 3).ask(policy),
            (Decision{.representation = 3, .reason = Reason::hysteresis}));
}

TEST(Bba0Policy, DoesNotReachTheTopOfASmallBuffer) {
  // 216/240 of 30 s are 27 s; a session with segments of 4 s asks at 26 s at most.
  Situation situation;
  situation.previous = 4;
  situation.level = milliseconds(26'000);
  Bba0Policy policy;
  EXPECT_EQ(situation.ask(policy).representation, 4u);
}

}  // namespace
}  // namespace rung::abr
