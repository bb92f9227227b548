#include <gtest/gtest.h>

#include "abr/estimators/harmonic_mean_estimator.h"
#include "tests/support/samples.h"

namespace rung::abr {
namespace {

using std::chrono::seconds;
using test::forecast_kbps;
using test::sample;

TEST(HarmonicMean, IsDominatedByTheSlowest) {
  HarmonicMeanEstimator estimator;
  estimator.observe(sample(500, seconds(1)));
  estimator.observe(sample(125, seconds(1)));
  EXPECT_EQ(forecast_kbps(estimator), 1600);
}

TEST(HarmonicMean, ForgetsAllButTheLastFive) {
  HarmonicMeanEstimator estimator;
  estimator.observe(sample(100, seconds(100)));
  for (int i = 0; i < 5; ++i) estimator.observe(sample(125, seconds(1)));
  EXPECT_EQ(forecast_kbps(estimator), 1000);
}

}  // namespace
}  // namespace rung::abr
