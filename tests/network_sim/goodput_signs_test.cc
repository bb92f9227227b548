#include "network_sim/goodput_signs.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "network_sim/synthetic_trace.h"

namespace rung::network_sim {
namespace {

using namespace std::chrono_literals;

Trace trace_of(std::vector<Trace::Piece> pieces) {
  return *Trace::create("test", std::move(pieces));
}

TEST(GoodputSigns, SuspectsAClientThatPausesOnceASegment) {
  std::vector<Trace::Piece> pieces;
  for (int i = 0; i < 20; ++i) {
    pieces.push_back({.duration = 700ms, .rate = 4000_kbps, .rtt = {}});
    pieces.push_back({.duration = 3300ms, .rate = 0_kbps, .rtt = {}});
  }
  const GoodputSigns signs = goodput_signs(trace_of(pieces));
  EXPECT_TRUE(signs.paused());
  EXPECT_NEAR(signs.pauses_a_minute, 14.25, 0.01);
  EXPECT_TRUE(signs.suspect());
}

TEST(GoodputSigns, SuspectsAListOfTransfersWhoseShortOnesAreSlow) {
  std::vector<Trace::Piece> pieces;
  for (int i = 0; i < 60; ++i) {
    // 80 ms of silence and then 6 Mbit/s.
    const Duration flows = 20ms * (1 + i * 7 % 30);
    const double share = to_seconds(flows) / to_seconds(flows + 80ms);
    pieces.push_back({.duration = flows + 80ms, .rate = scaled(6000_kbps, share), .rtt = {}});
  }
  const GoodputSigns signs = goodput_signs(trace_of(pieces));
  EXPECT_FALSE(signs.paused());
  EXPECT_TRUE(signs.by_transfer()) << signs.rate_by_duration;
}

TEST(GoodputSigns, TrustsGeneratedLinksWithOutages) {
  const auto walk = synthetic_trace(MarkovLink{.low = 300_kbps, .high = 6000_kbps}, {});
  const auto outages = synthetic_trace(OutageLink{.rate = 3000_kbps}, {});
  ASSERT_TRUE(walk && outages);
  EXPECT_FALSE(goodput_signs(*walk).suspect());
  EXPECT_FALSE(goodput_signs(*outages).suspect());
}

TEST(GoodputSigns, SaysNothingOfATraceTooShortToTell) {
  EXPECT_FALSE(goodput_signs(trace_of({{.duration = 1s, .rate = 100_kbps, .rtt = {}},
                                       {.duration = 1s, .rate = 0_kbps, .rtt = {}},
                                       {.duration = 9s, .rate = 9000_kbps, .rtt = {}}}))
                   .suspect());
}

}  // namespace
}  // namespace rung::network_sim
