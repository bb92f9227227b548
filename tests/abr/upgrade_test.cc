#include "abr/upgrade.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "tests/support/situation.h"

namespace rung::abr {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Situation;

/// Segment 2 begins to be shown 8 s from now, and each behind it 4 s later. A segment of the lowest
/// rung has 150 kB, of the highest 2.15 MB.
struct Buffered {
  Buffered() {
    situation.level = seconds(24);
    situation.forecast_kbps = 100'000;
  }
  [[nodiscard]] std::optional<Decision> choose() const {
    const DecisionContext now = situation.context();
    return choose_upgrade({.decision = now,
                           .qoe = qoe,
                           .first = 2,
                           .buffered = buffered,
                           .before_first = before,
                           .allowance = ByteCount(allowance),
                           .idle = idle});
  }

  Situation situation;
  Qoe qoe;
  std::vector<RepresentationIndex> buffered{5, 0, 5, 5};
  std::optional<RepresentationIndex> before = 5;
  std::int64_t allowance = 10'000'000;
  Duration idle = Duration::max();
};

TEST(Upgrade, FillsTheValleyUpToItsNeighbours) {
  EXPECT_EQ(Buffered().choose(),
            (Decision{.representation = 5, .reason = Reason::upgrade, .replaces = 3}));
}

TEST(Upgrade, LeavesWhatIsAsHighAsItGets) {
  Buffered all_high;
  all_high.buffered = {5, 5, 5, 5};
  EXPECT_EQ(all_high.choose(), std::nullopt);
  all_high.buffered.clear();
  EXPECT_EQ(all_high.choose(), std::nullopt);
}

TEST(Upgrade, NothingIsGainedByAPeakAmongLowOnes) {
  Buffered all_low;
  all_low.buffered = {0, 0, 0};
  all_low.before = 0;
  // But for the last one, behind which nothing falls again: its rise costs what it is worth.
  EXPECT_EQ(all_low.choose(), std::nullopt);
  all_low.qoe.switch_penalty = 0.4;
  ASSERT_TRUE(all_low.choose());
  EXPECT_EQ(all_low.choose()->representation, 5U);
}

TEST(Upgrade, ThrowsNoMoreAwayThanItMay) {
  Buffered valley;
  valley.allowance = 150'000;
  EXPECT_TRUE(valley.choose());
  valley.allowance = 149'999;
  EXPECT_EQ(valley.choose(), std::nullopt);
}

TEST(Upgrade, NeedsAForecast) {
  Buffered unknown;
  unknown.situation.forecast_kbps.reset();
  EXPECT_EQ(unknown.choose(), std::nullopt);
}

TEST(Upgrade, TakesOnlyWhatHalfOfTheForecastBringsInTime) {
  Buffered valley;
  // Segment 3 is shown in 12 s, so that 10 s are left: 2.15 MB need 3.44 Mbit/s.
  valley.situation.forecast_kbps = 3440;
  ASSERT_TRUE(valley.choose());
  EXPECT_EQ(valley.choose()->representation, 5U);
  valley.situation.forecast_kbps = 3439;
  ASSERT_TRUE(valley.choose());
  EXPECT_EQ(valley.choose()->representation, 4U);
  valley.situation.latency = seconds(11);
  EXPECT_EQ(valley.choose(), std::nullopt);
}

TEST(Upgrade, TakesNoLongerThanTheLinkIsIdleAndAQuarterOfTheBuffer) {
  Buffered valley;
  valley.situation.forecast_kbps = 3440;  // 2.15 MB take 5 s.
  valley.situation.level = seconds(16);
  valley.idle = seconds(1);
  ASSERT_TRUE(valley.choose());
  EXPECT_EQ(valley.choose()->representation, 5U);
  valley.idle = milliseconds(999);
  ASSERT_TRUE(valley.choose());
  EXPECT_EQ(valley.choose()->representation, 4U);
}

TEST(Upgrade, IsLateWhereItsRestIs) {
  Situation situation;
  const DecisionContext now = situation.context();
  TransferContext transfer{.decision = now,
                           .representation = 5,
                           .requested = Situation::now - seconds(2),
                           .first_byte = Situation::now - seconds(1),
                           .received = ByteCount(1000),
                           .expected = ByteCount(3000),
                           .recent = std::nullopt,
                           .deadline = seconds(2)};
  EXPECT_FALSE(upgrade_is_late(transfer));
  transfer.deadline = milliseconds(1999);
  EXPECT_TRUE(upgrade_is_late(transfer));
  transfer.recent = BitRate::bits_per_second(16'000);
  EXPECT_FALSE(upgrade_is_late(transfer));
  transfer.first_byte.reset();
  EXPECT_FALSE(upgrade_is_late(transfer)) << "too little is known";
  transfer.deadline = Duration::zero();
  EXPECT_TRUE(upgrade_is_late(transfer));
}

}  // namespace
}  // namespace rung::abr
