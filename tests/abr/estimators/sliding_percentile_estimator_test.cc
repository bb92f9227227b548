#include <gtest/gtest.h>

#include "abr/estimators/sliding_percentile_estimator.h"
#include "tests/support/samples.h"

namespace rung::abr {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::forecast_kbps;
using test::sample;

TEST(SlidingPercentile, IsNotMovedByOneOutlier) {
  SlidingPercentileEstimator estimator;
  for (int i = 0; i < 3; ++i) estimator.observe(sample(300, seconds(1)));
  estimator.observe(sample(300, milliseconds(10)));
  EXPECT_EQ(forecast_kbps(estimator), 2400);
}

TEST(SlidingPercentile, ForgetsWhatLiesBeyondItsWeight) {
  SlidingPercentileEstimator estimator;
  for (int i = 0; i < 10; ++i) estimator.observe(sample(1000, seconds(1)));
  // Each weighs 707; three of them are more than the total of 2000.
  for (int i = 0; i < 3; ++i) estimator.observe(sample(500, seconds(4)));
  EXPECT_EQ(forecast_kbps(estimator), 1000);
}

}  // namespace
}  // namespace rung::abr
