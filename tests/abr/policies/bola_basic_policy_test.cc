#include "abr/policies/bola_basic_policy.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "tests/support/situation.h"

namespace rung::abr {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Situation;

/// Segments of 4 s and a buffer of five of them.
Situation five_segments(const std::vector<std::int64_t>& ladder, Duration level) {
  Situation situation;
  situation.track = test::uniform_track(50, seconds(4), ladder);
  situation.capacity = seconds(20);
  situation.level = level;
  return situation;
}

RepresentationIndex choice(const Situation& situation, BolaVariant variant,
                           std::int64_t measured_kbps = 0) {
  BolaBasicPolicy policy(variant);
  if (measured_kbps > 0)
    policy.observe({.completed = Timestamp(seconds(8)), .size = ByteCount(measured_kbps * 1000)});
  return situation.ask(policy).representation;
}

TEST(BolaBasicPolicy, ChangesWhereTheScoresOfThePaperAreEqual) {
  // V = 4 / (ln 2 + 5) = 0.7026; 5 V - Q = (4 - Q) / 2 at Q = 3.026 segments, 12.10 s.
  EXPECT_EQ(choice(five_segments({1000, 2000}, milliseconds(12'100)), BolaVariant::basic), 0u);
  EXPECT_EQ(choice(five_segments({1000, 2000}, milliseconds(12'110)), BolaVariant::basic), 1u);
}

TEST(BolaBasicPolicy, HasAShorterBufferAtTheBeginningInItsFiniteForm) {
  // Q_max = 3: V = 2 / 5.6931 = 0.3513; 5 V - Q = (2 - Q) / 2 at Q = 1.513, 6.05 s.
  EXPECT_EQ(choice(five_segments({1000, 2000}, milliseconds(6'050)), BolaVariant::finite), 0u);
  EXPECT_EQ(choice(five_segments({1000, 2000}, milliseconds(6'060)), BolaVariant::finite), 1u);
}

TEST(BolaBasicPolicy, WaitsInItsFiniteFormUntilThereIsRoomForOneSegment) {
  // 4 s x (2.5 - 3 + 1)
  BolaBasicPolicy policy(BolaVariant::finite);
  EXPECT_EQ(five_segments({1000, 2000}, seconds(10)).ask(policy).not_before,
            Situation::now + seconds(2));
}

TEST(BolaBasicPolicy, HoldsARiseByTheLastTransfer) {
  Situation situation = five_segments({1000, 2000, 4000, 8000}, seconds(8));
  situation.previous = 0;
  EXPECT_EQ(choice(situation, BolaVariant::finite, 2500), 3u);
  EXPECT_EQ(choice(situation, BolaVariant::oscillation, 2500), 1u);
  EXPECT_EQ(choice(situation, BolaVariant::utility, 2500), 2u);
  EXPECT_EQ(choice(situation, BolaVariant::oscillation, 9000), 3u);
}

TEST(BolaBasicPolicy, NeverFallsWhereTheScoreRises) {
  Situation situation = five_segments({1000, 2000, 4000, 8000}, seconds(8));
  situation.previous = 1;
  EXPECT_EQ(choice(situation, BolaVariant::oscillation, 500), 1u);
  EXPECT_EQ(choice(situation, BolaVariant::utility, 500), 1u);
}

}  // namespace
}  // namespace rung::abr
