#include "abr/abandonment.h"

#include <gtest/gtest.h>

#include "abr/policies/fixed_policy.h"
#include "tests/support/situation.h"

namespace rung::abr {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Situation;

/// A transfer of segment 10 of the six rungs that began two seconds ago and had its first byte
/// 100 ms later. Nominal sizes: 150, 375, 600, 925, 1425 and 2150 kB.
struct Late {
  Situation situation;
  RepresentationIndex representation = 5;
  std::int64_t received_kilobytes = 0;
  std::optional<std::int64_t> recent_kbps;
  Duration running = seconds(2);

  [[nodiscard]] std::optional<RepresentationIndex> lower() const {
    const DecisionContext decision = situation.context();
    const Timestamp requested = Situation::now - running;
    TransferContext context{
        .decision = decision,
        .representation = representation,
        .requested = requested,
        .first_byte = requested + milliseconds(100),
        .received = ByteCount(received_kilobytes * 1000),
        .expected = situation.track.size(situation.segment, representation),
        .deadline = situation.level,
    };
    if (recent_kbps) context.recent = BitRate::bits_per_second(*recent_kbps * 1000);
    return abandon_late_transfer(context);
  }
};

TEST(Abandonment, LetsATransferRunThatArrivesInTime) {
  Late late{.received_kilobytes = 950};  // 4 Mbit/s: 2.4 s to go
  late.situation.level = milliseconds(2500);
  EXPECT_EQ(late.lower(), std::nullopt);
}

TEST(Abandonment, TakesTheHighestThatArrivesInTime) {
  Late late{.received_kilobytes = 190};  // 800 kbit/s: 19.6 s to go, rung 2 would take 6.76 s
  late.situation.level = milliseconds(6800);
  EXPECT_EQ(late.lower(), 2u);
  late.situation.level = milliseconds(6700);
  EXPECT_EQ(late.lower(), 1u);
}

TEST(Abandonment, TakesTheLowestWhenNoneArrivesInTime) {
  Late late{.received_kilobytes = 190};
  late.situation.level = seconds(1);
  EXPECT_EQ(late.lower(), 0u);
}

TEST(Abandonment, NeverLeavesTheLowest) {
  Late late{.representation = 0, .received_kilobytes = 1};
  EXPECT_EQ(late.lower(), std::nullopt);
}

TEST(Abandonment, StaysWhenEvenTheLowestWouldLandLater) {
  Late late{.representation = 1, .received_kilobytes = 180};
  late.situation.track = test::uniform_track(50, seconds(4), {600, 750});
  // 195 kB to go; the lowest has 300 kB.
  EXPECT_EQ(late.lower(), std::nullopt);
}

TEST(Abandonment, CountsTheLatencyOfAnotherRequest) {
  Late late{.representation = 1, .received_kilobytes = 180};
  late.situation.track = test::uniform_track(50, seconds(4), {50, 750});
  // 195 kB to go against 25 kB and what is on its way, at 758 kbit/s.
  ASSERT_EQ(late.lower(), 0u);
  late.received_kilobytes = 349;  // 26 kB to go at 1470 kbit/s: 141 ms against 136 ms and latency
  EXPECT_EQ(late.lower(), std::nullopt);
}

TEST(Abandonment, NeedsToBeLateByFarOnceMostHasArrived) {
  Late late{.received_kilobytes = 1100, .recent_kbps = 1400};  // 6 s to go
  late.situation.level = milliseconds(5500);
  EXPECT_EQ(late.lower(), std::nullopt);
  late.situation.level = milliseconds(4500);
  EXPECT_EQ(late.lower(), 1u);  // 2.6 s; the one above takes more than half as long as the rest
}

TEST(Abandonment, StaysOnceMostHasArrivedWhenLittleIsGained) {
  Late late{.received_kilobytes = 1900, .recent_kbps = 400};  // 5 s to go, the lowest takes 3.1 s
  late.situation.level = seconds(1);
  EXPECT_EQ(late.lower(), std::nullopt);
}

TEST(Abandonment, TrustsTheRecentRateMoreThanTheMean) {
  Late late{.received_kilobytes = 950};
  late.situation.level = seconds(4);
  ASSERT_EQ(late.lower(), std::nullopt);
  late.recent_kbps = 400;
  EXPECT_EQ(late.lower(), 0u);
  late.received_kilobytes = 190;
  late.recent_kbps = 5000;
  EXPECT_EQ(late.lower(), std::nullopt);
}

TEST(Abandonment, StopsWithATransferThatStoppedGettingAnything) {
  Late late{.received_kilobytes = 500, .recent_kbps = 0};
  late.situation.level = seconds(4);
  EXPECT_EQ(late.lower(), 0u);
}

TEST(Abandonment, WaitsForEvidence) {
  Late late{.received_kilobytes = 1, .running = milliseconds(250)};
  EXPECT_EQ(late.lower(), std::nullopt);
}

TEST(Abandonment, WaitsLongerForTheEvidenceOfFewBytes) {
  Late late{.received_kilobytes = 16, .running = milliseconds(1000)};
  EXPECT_EQ(late.lower(), std::nullopt);
  late.running = milliseconds(1100);
  EXPECT_EQ(late.lower(), 0u);
  late.running = milliseconds(1000);
  late.received_kilobytes = 17;
  EXPECT_EQ(late.lower(), 0u);
}

TEST(Abandonment, WhatIsOnItsWayComesInFrontOfALowerOne) {
  // 225 kB to go at 125 kB/s: 1.8 s. The lower one has 175 kB, which alone would take 1.5 s.
  Late late{.representation = 1, .received_kilobytes = 150, .recent_kbps = 1000};
  late.situation.track = test::uniform_track(50, seconds(4), {350, 750});
  EXPECT_EQ(late.lower(), std::nullopt);
  late.situation.track = test::uniform_track(50, seconds(4), {200, 750});
  EXPECT_EQ(late.lower(), 0u);
}

TEST(Abandonment, LetsThePausedViewersTransferRun) {
  Late late{.received_kilobytes = 190};
  late.situation.buffer.pause();
  EXPECT_EQ(late.lower(), std::nullopt);
}

// On a steady link a lower one that was chosen is not given up in its turn.
TEST(Abandonment, DoesNotFlap) {
  for (std::int64_t kbps = 50; kbps < 4000; kbps += 50) {
    for (int tenths = 0; tenths < 60; ++tenths) {
      Late late{.received_kilobytes = kbps * 19 / 80};
      late.situation.level = milliseconds(100 * tenths);
      const auto lower = late.lower();
      if (!lower || *lower == 0) continue;
      late.representation = *lower;
      late.running = seconds(1);
      late.received_kilobytes = kbps * 9 / 80 + 1;
      late.situation.level -= seconds(1);
      EXPECT_EQ(late.lower(), std::nullopt) << kbps << " kbit/s, " << tenths;
    }
  }
}

TEST(Abandonment, AFixedPolicyNeverGivesUp) {
  FixedPolicy policy(4);
  const Situation situation;
  const DecisionContext decision = situation.context();
  EXPECT_EQ(policy.reconsider({.decision = decision,
                               .representation = 4,
                               .requested = Situation::now - seconds(9),
                               .first_byte = Situation::now - seconds(8),
                               .received = ByteCount(1000),
                               .expected = ByteCount(1'000'000)}),
            std::nullopt);
}

}  // namespace
}  // namespace rung::abr
