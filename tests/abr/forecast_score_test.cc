#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "abr/estimators/last_sample_estimator.h"
#include "abr/forecast_score.h"
#include "tests/support/samples.h"

namespace rung::abr {
namespace {

using std::chrono::seconds;
using test::sample;

/// Always 1 Mbit/s, from 0.5 to 2.
class Steadfast final : public ThroughputEstimator {
 public:
  void observe(const TransferSample&) override {}
  [[nodiscard]] std::optional<Forecast> forecast() const override {
    return Forecast{.throughput = BitRate::bits_per_second(1'000'000)};
  }
  [[nodiscard]] std::optional<BitRate> quantile(double probability) const override {
    return BitRate::bits_per_second(probability < 0.5 ? 500'000 : 2'000'000);
  }
};

TEST(ForecastScore, JudgesEveryTransferBeforeTheEstimatorSeesIt) {
  ForecastScore score(0.8);
  LastSampleEstimator last;
  // 1, 2 and 1 Mbit/s: the forecast is too low by ln 2, then too high by it.
  score.add(std::array{sample(125, seconds(1)), sample(250, seconds(1)), sample(125, seconds(1))},
            last);
  EXPECT_EQ(score.forecasts(), 2);
  EXPECT_NEAR(score.mean_absolute_error(), std::log(2), 1e-9);
  EXPECT_NEAR(score.bias(), 0, 1e-9);
  EXPECT_EQ(score.intervals(), 0);
  EXPECT_EQ(score.coverage(), 0);
}

TEST(ForecastScore, CountsWhatLiesOutsideTheInterval) {
  ForecastScore score(0.8);
  Steadfast steadfast;
  // 1 Mbit/s lies within, 4 above by ln 2, 0.25 below by ln 2; 2 is an end of the interval.
  score.add(std::array{sample(125, seconds(1)), sample(500, seconds(1)), sample(125, seconds(4)),
                       sample(250, seconds(1))},
            steadfast);
  EXPECT_EQ(score.intervals(), 4);
  EXPECT_DOUBLE_EQ(score.coverage(), 0.5);
  EXPECT_DOUBLE_EQ(score.below(), 0.25);
  EXPECT_DOUBLE_EQ(score.above(), 0.25);
  EXPECT_NEAR(score.width(), std::log(4), 1e-9);
  EXPECT_NEAR(score.interval_score(), std::log(4) + 2 / 0.2 * std::log(2) / 2, 1e-9);
}

TEST(ForecastScore, IsZeroWithoutForecasts) {
  const ForecastScore score(0.8);
  EXPECT_EQ(score.mean_absolute_error(), 0);
  EXPECT_EQ(score.interval_score(), 0);
}

}  // namespace
}  // namespace rung::abr
