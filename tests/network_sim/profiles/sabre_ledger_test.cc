#include "network_sim/profiles/sabre_ledger.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tests/support/links.h"
#include "tests/support/titles.h"

namespace rung::network_sim {
namespace {

using namespace std::chrono_literals;

double total(const SabreLedger& ledger, std::string_view name) {
  const auto* const found = std::ranges::find(sabre_totals, name);
  return ledger.totals().at(static_cast<std::size_t>(found - sabre_totals.begin()));
}

class SabreLedgerTest : public testing::Test {
 protected:
  /// Segments of 3 s with 300, 600 and 1200 kbit/s.
  SabreLedger ledger(const std::vector<Trace::Piece>& pieces, bool abandonment = true) {
    link_.emplace(test::trace_of(pieces));
    return SabreLedger({.link = *link_,
                        .track = track_,
                        .buffer_capacity = 12s,
                        .abandonment = abandonment,
                        .rampup = std::nullopt,
                        .options = {.policy = "bola", .windows = {}}});
  }
  static void fetch(SabreLedger& ledger, std::size_t rung, std::optional<int> replaced = {}) {
    ledger.request(rung, replaced);
    ledger.conclude(false);
    ledger.learn(false);
  }

  media::Track track_ = test::uniform_track(10, 3s, {300, 600, 1200});
  std::optional<LinkCapacity> link_;
};

TEST_F(SabreLedgerTest, PlaysWhileASegmentComesAndCountsWhatIsWaitedFor) {
  SabreLedger ledger =
      this->ledger({{.duration = 100s, .rate = BitRate::bits_per_second(900'000), .rtt = 100ms}});
  fetch(ledger, 0);  // 900 kbit: a second and the latency, before anything is shown.
  EXPECT_DOUBLE_EQ(ledger.level(), 3000);
  EXPECT_DOUBLE_EQ(ledger.history().throughput(), 900);
  EXPECT_DOUBLE_EQ(ledger.history().latency(), 100);
  fetch(ledger, 2);  // 4.1 s, of which 1.1 s are waited for.
  EXPECT_DOUBLE_EQ(ledger.level(), 3000);
  EXPECT_DOUBLE_EQ(total(ledger, "total_rebuffer"), 1.1);
  EXPECT_EQ(total(ledger, "total_rebuffer_events"), 1);
  EXPECT_DOUBLE_EQ(total(ledger, "total_play_time"), 1.1 + 3 + 1.1 + 3);
  EXPECT_DOUBLE_EQ(total(ledger, "total_played_bitrate"), 1500);
  EXPECT_DOUBLE_EQ(total(ledger, "total_bitrate_change"), 900);
  // 900 kbit/s less a thirtieth sustain the second one.
  EXPECT_DOUBLE_EQ(total(ledger, "rampup_time"), 1.1 + 3 + 1.1);
}

TEST_F(SabreLedgerTest, OfNothingThereAreNoTotals) {
  const SabreLedger ledger =
      this->ledger({{.duration = 100s, .rate = BitRate::bits_per_second(900'000), .rtt = 100ms}});
  EXPECT_TRUE(ledger.totals().empty());
}

TEST_F(SabreLedgerTest, LooksAtATransferEveryFiftyMillisecondsAndTwelveKilobits) {
  SabreLedger ledger =
      this->ledger({{.duration = 100s, .rate = BitRate::bits_per_second(120'000), .rtt = 30ms}});
  fetch(ledger, 0);
  ledger.request(0, std::nullopt);
  EXPECT_DOUBLE_EQ(ledger.progress().time_ms, 30);
  ASSERT_TRUE(ledger.go_on());  // 12 kbit take 100 ms.
  EXPECT_DOUBLE_EQ(ledger.progress().time_ms, 130);
  EXPECT_DOUBLE_EQ(ledger.progress().downloaded, 12'000);
  EXPECT_DOUBLE_EQ(ledger.level() - ledger.progress().time_ms, 3000 - 130);
  ledger.conclude(true);
  ledger.learn(true);
  EXPECT_DOUBLE_EQ(ledger.level(), 3000 - 130);
  EXPECT_EQ(ledger.next(), 1);
}

TEST_F(SabreLedgerTest, PutsASegmentInThePlaceOfAnother) {
  SabreLedger ledger = this->ledger({{.duration = 100s, .rate = 9'000'000_bps, .rtt = 0ms}});
  for (int i = 0; i < 4; ++i) {
    ledger.make_room();
    fetch(ledger, 0);
  }
  fetch(ledger, 2, -2);
  EXPECT_EQ(ledger.next(), 4);
  const auto& buffer = ledger.buffer();
  EXPECT_EQ(buffer[buffer.size() - 2], 2U);
  EXPECT_EQ(buffer.back(), 0U);
  EXPECT_DOUBLE_EQ(total(ledger, "total_played_bitrate"), 3 * 300 + 1200);
}

TEST_F(SabreLedgerTest, ASeekDropsTheBufferAndBeginsTheRampUpAnew) {
  SabreLedger ledger = this->ledger({{.duration = 100s, .rate = 1'000'000_bps, .rtt = 0ms}});
  fetch(ledger, 1);
  fetch(ledger, 1);
  ledger.seek(7);
  EXPECT_EQ(ledger.next(), 7);
  EXPECT_DOUBLE_EQ(ledger.level(), 0);
  fetch(ledger, 0);
  fetch(ledger, 1);
  // From the seek on: 0.9 s for a segment that is too low, and until it has been shown.
  EXPECT_DOUBLE_EQ(total(ledger, "rampup_time"), 0.9 + 3);
}

TEST_F(SabreLedgerTest, CountsEstimatesThatWereTooHigh) {
  SabreLedger ledger = this->ledger({{.duration = 900ms, .rate = 1'000'000_bps, .rtt = 0ms},
                                     {.duration = 100s, .rate = 600'000_bps, .rtt = 0ms}},
                                    false);
  fetch(ledger, 0);
  fetch(ledger, 0);
  fetch(ledger, 0);
  EXPECT_EQ(total(ledger, "over_estimate_count") + total(ledger, "leq_estimate_count"), 2);
  EXPECT_EQ(total(ledger, "over_estimate_count"), 2);
  EXPECT_GT(total(ledger, "over_estimate"), 200);
}

TEST_F(SabreLedgerTest, TellsHowLongARiseOfTheLinkTakesToBeSeen) {
  SabreLedger ledger = this->ledger({{.duration = 1s, .rate = 310'000_bps, .rtt = 0ms},
                                     {.duration = 100s, .rate = 2'000'000_bps, .rtt = 0ms}});
  for (int i = 0; i < 8; ++i) {
    ledger.make_room();
    fetch(ledger, i < 2 ? 0 : 2);
  }
  // It rises at 1 s; a segment that has what it sustains is shown behind two that have not.
  EXPECT_GT(total(ledger, "total_reaction_time"), 4);
  EXPECT_LT(total(ledger, "total_reaction_time"), 8);
}

TEST(SabreHistory, TakesTheMoreCautiousOfSeveralAverages) {
  SabreHistory windows({.policy = "bola", .windows = {1, 3}}, 3000);
  for (const double throughput : {900.0, 600.0, 1200.0}) windows.push(1000, throughput, throughput);
  EXPECT_DOUBLE_EQ(windows.throughput(), 900);
  EXPECT_DOUBLE_EQ(windows.latency(), 1200);
  SabreHistory smooth({.policy = "bola", .windows = {}, .half_lives = {1, 1000}}, 3000);
  smooth.push(1000, 500, 10);
  smooth.push(1000, 1000, 10);
  EXPECT_NEAR(smooth.throughput(), 750, 1);  // The short one is 833.
}

}  // namespace
}  // namespace rung::network_sim
