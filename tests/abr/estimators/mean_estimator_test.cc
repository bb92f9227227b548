#include <gtest/gtest.h>

#include "abr/estimators/mean_estimator.h"
#include "tests/support/samples.h"

namespace rung::abr {
namespace {

using std::chrono::seconds;
using test::forecast_kbps;
using test::sample;

TEST(Mean, WeighsAllAlike) {
  MeanEstimator estimator;
  estimator.observe(sample(500, seconds(1)));
  estimator.observe(sample(125, seconds(1)));
  EXPECT_EQ(forecast_kbps(estimator), 2500);
}

TEST(Mean, ForgetsAllButTheLastFive) {
  MeanEstimator estimator;
  estimator.observe(sample(5000, seconds(1)));
  for (int i = 0; i < 5; ++i) estimator.observe(sample(125, seconds(1)));
  EXPECT_EQ(forecast_kbps(estimator), 1000);
}

}  // namespace
}  // namespace rung::abr
