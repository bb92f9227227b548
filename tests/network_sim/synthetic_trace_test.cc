#include "network_sim/synthetic_trace.h"

#include <algorithm>
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "network_sim/trace_stats.h"

namespace rung::network_sim {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

std::vector<BitRate> rates(const Trace& trace) {
  std::vector<BitRate> result;
  for (const auto& piece : trace.pieces()) result.push_back(piece.rate);
  return result;
}

TEST(SyntheticTrace, StepsThroughItsRatesAndCutsTheLastPiece) {
  const auto trace = synthetic_trace(StepLink{.rates = {1_kbps, 2_kbps}, .hold = 4s},
                                     {.duration = 10s, .rtt = 20ms});
  ASSERT_TRUE(trace);
  EXPECT_THAT(rates(*trace), ElementsAre(1_kbps, 2_kbps, 1_kbps));
  EXPECT_EQ(trace->pieces().back().duration, 2s);
  EXPECT_EQ(trace->pieces().back().rtt, 20ms);
  EXPECT_EQ(trace->duration(), 10s);
}

TEST(SyntheticTrace, RisesAndFallsAsASawtooth) {
  const auto trace = synthetic_trace(
      SawtoothLink{.low = 100_kbps, .high = 400_kbps, .period = 4s, .step = 1s}, {.duration = 6s});
  ASSERT_TRUE(trace);
  EXPECT_THAT(rates(*trace),
              ElementsAre(100_kbps, 200_kbps, 300_kbps, 400_kbps, 100_kbps, 200_kbps));
}

TEST(SyntheticTrace, WalksBetweenNeighbouringStates) {
  const MarkovLink link{
      .low = 1000_kbps, .high = 8000_kbps, .states = 4, .mean_hold = 2s, .noise = 0};
  const auto trace = synthetic_trace(link, {.duration = 2h, .seed = 5});
  ASSERT_TRUE(trace);
  const std::vector<BitRate> states = {1000_kbps, 2000_kbps, 4000_kbps, 8000_kbps};
  std::ptrdiff_t last = -1;
  int moves = 0;
  for (const BitRate rate : rates(*trace)) {
    const auto state = std::ranges::find(states, rate) - states.begin();
    ASSERT_LT(state, 4) << rate.bits_per_second();
    if (last >= 0) {
      EXPECT_LE(std::abs(state - last), 1);
      if (state != last) ++moves;
    }
    last = state;
  }
  EXPECT_NEAR(moves, 3600, 300);
}

TEST(SyntheticTrace, SpendsTheExpectedShareInOutages) {
  const OutageLink link{.rate = 5000_kbps, .low = 0_kbps, .mean_up = 30s, .mean_down = 10s};
  const auto trace = synthetic_trace(link, {.duration = 24h * 10, .seed = 6});
  ASSERT_TRUE(trace);
  EXPECT_NEAR(trace_stats(*trace).outage_share, 0.25, 0.01);
}

TEST(SyntheticTrace, IsAFunctionOfItsSeed) {
  const MarkovLink link{.low = 1000_kbps, .high = 8000_kbps};
  EXPECT_EQ(synthetic_trace(link, {.seed = 5}), synthetic_trace(link, {.seed = 5}));
  EXPECT_NE(synthetic_trace(link, {.seed = 5}), synthetic_trace(link, {.seed = 6}));
}

struct Senseless {
  const char* name;
  LinkModel model;
  Duration duration = 60s;
};

std::ostream& operator<<(std::ostream& out, const Senseless& senseless) {
  return out << senseless.name;
}

class SenselessModel : public testing::TestWithParam<Senseless> {};

TEST_P(SenselessModel, IsRefused) {
  const auto trace = synthetic_trace(GetParam().model, {.duration = GetParam().duration});
  ASSERT_FALSE(trace);
}

constexpr BitRate negative = BitRate::bits_per_second(-1);

INSTANTIATE_TEST_SUITE_P(
    All, SenselessModel,
    testing::Values(
        Senseless{"NegativeRate", ConstantLink{.rate = negative}},
        Senseless{"HugeRate", ConstantLink{.rate = 2'000'000'000_kbps}},
        Senseless{"NoTime", ConstantLink{.rate = 1_kbps}, 0s},
        Senseless{"TooLong", ConstantLink{.rate = 1_kbps}, 24h * 367},
        Senseless{"OnlyOutage", ConstantLink{}}, Senseless{"NoRates", StepLink{}},
        Senseless{"NoHold", StepLink{.rates = {1_kbps}, .hold = 0s}},
        Senseless{"TooManySteps", StepLink{.rates = {1_kbps}, .hold = 1ms}, 24h},
        Senseless{"UpsideDown", SawtoothLink{.low = 2_kbps, .high = 1_kbps}},
        Senseless{"OddPeriod",
                  SawtoothLink{.low = 1_kbps, .high = 2_kbps, .period = 2500ms, .step = 1s}},
        Senseless{"ZeroState", MarkovLink{.low = 0_kbps, .high = 2_kbps}},
        Senseless{"OneState", MarkovLink{.low = 1_kbps, .high = 2_kbps, .states = 1}},
        Senseless{"ShortHold", MarkovLink{.low = 1_kbps, .high = 2_kbps, .mean_hold = 1ms}},
        Senseless{"LoudNoise", MarkovLink{.low = 1_kbps, .high = 2_kbps, .noise = 9}},
        Senseless{"ShortOutages",
                  OutageLink{.rate = 1_kbps, .low = 0_kbps, .mean_up = 1s, .mean_down = 1ns}}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

}  // namespace
}  // namespace rung::network_sim
