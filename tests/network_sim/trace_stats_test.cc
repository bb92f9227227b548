#include "network_sim/trace_stats.h"

#include <cmath>

#include <gtest/gtest.h>

namespace rung::network_sim {
namespace {

using namespace std::chrono_literals;

Trace trace_of(std::vector<Trace::Piece> pieces) {
  return *Trace::create("test", std::move(pieces));
}

TEST(TraceStats, WeighsByTime) {
  const TraceStats stats = trace_stats(trace_of({{.duration = 6s, .rate = 1000_kbps, .rtt = 40ms},
                                                 {.duration = 3s, .rate = 4000_kbps, .rtt = 100ms},
                                                 {.duration = 1s, .rate = 0_kbps, .rtt = {}}}));
  EXPECT_EQ(stats.duration, 10s);
  EXPECT_EQ(stats.pieces, 3U);
  EXPECT_EQ(stats.mean, 1800_kbps);
  EXPECT_EQ(stats.minimum, 0_kbps);
  EXPECT_EQ(stats.percentile_5, 0_kbps);
  EXPECT_EQ(stats.percentile_25, 1000_kbps);
  EXPECT_EQ(stats.median, 1000_kbps);
  EXPECT_EQ(stats.percentile_75, 4000_kbps);
  EXPECT_EQ(stats.percentile_95, 4000_kbps);
  EXPECT_EQ(stats.maximum, 4000_kbps);
  // Variance: 0.6 * 0.8^2 + 0.3 * 2.2^2 + 0.1 * 1.8^2 = 2.16 (Mbit/s)^2.
  EXPECT_NEAR(stats.coefficient_of_variation, std::sqrt(2.16) / 1.8, 1e-12);
  EXPECT_NEAR(stats.outage_share, 0.1, 1e-12);
  EXPECT_EQ(stats.mean_rtt, 60ms);
}

TEST(TraceStats, JoinsNeighbouringOutages) {
  const TraceStats stats = trace_stats(trace_of({{.duration = 1s, .rate = 99_kbps, .rtt = {}},
                                                 {.duration = 2s, .rate = 0_kbps, .rtt = {}},
                                                 {.duration = 1s, .rate = 100_kbps, .rtt = {}},
                                                 {.duration = 1s, .rate = 5_kbps, .rtt = {}}}));
  EXPECT_EQ(stats.longest_outage, 3s);
  EXPECT_NEAR(stats.outage_share, 0.8, 1e-12);
  EXPECT_EQ(stats.mean_rtt, std::nullopt);
}

TEST(TraceStats, StaysExactAtTheLimits) {
  const TraceStats stats =
      trace_stats(trace_of({{.duration = 24h * 366, .rate = 1'000'000'000_kbps, .rtt = 10min}}));
  EXPECT_EQ(stats.mean, 1'000'000'000_kbps);
  EXPECT_EQ(stats.mean_rtt, 10min);
  EXPECT_EQ(stats.coefficient_of_variation, 0);
}

TEST(AveragedOver, KeepsTheBytesOfEveryWindow) {
  const auto averaged = averaged_over(trace_of({{.duration = 500ms, .rate = 1000_kbps, .rtt = 40ms},
                                                {.duration = 1s, .rate = 3000_kbps, .rtt = {}},
                                                {.duration = 700ms, .rate = 0_kbps, .rtt = {}}}),
                                      1s);
  ASSERT_TRUE(averaged);
  ASSERT_EQ(averaged->pieces().size(), 3U);
  EXPECT_EQ(averaged->pieces()[0].rate, 2000_kbps);
  EXPECT_EQ(averaged->pieces()[1].rate, 1500_kbps);
  EXPECT_EQ(averaged->pieces()[2].rate, 0_kbps);
  EXPECT_EQ(averaged->pieces()[2].duration, 200ms);
}

TEST(AveragedOver, RefusesTooManyWindows) {
  const auto averaged =
      averaged_over(trace_of({{.duration = 24h * 366, .rate = 1_kbps, .rtt = {}}}), 1ms);
  ASSERT_FALSE(averaged);
  EXPECT_EQ(averaged.error().code, ErrorCode::limit_exceeded);
}

}  // namespace
}  // namespace rung::network_sim
