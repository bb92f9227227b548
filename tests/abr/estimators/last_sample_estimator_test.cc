#include <gtest/gtest.h>

#include "abr/estimators/last_sample_estimator.h"
#include "tests/support/samples.h"

namespace rung::abr {
namespace {

using std::chrono::seconds;
using test::forecast_kbps;
using test::sample;

TEST(LastSample, FollowsAtOnce) {
  LastSampleEstimator estimator;
  estimator.observe(sample(500, seconds(1)));
  estimator.observe(sample(100, seconds(1)));
  EXPECT_EQ(forecast_kbps(estimator), 800);
}

TEST(LastSample, LetsSmallTransfersCountOnlyAtFirst) {
  LastSampleEstimator estimator;
  estimator.observe(sample(5, seconds(1)));
  EXPECT_EQ(forecast_kbps(estimator), 40);
  estimator.observe(sample(500, seconds(1)));
  estimator.observe(sample(5, seconds(1)));
  EXPECT_EQ(forecast_kbps(estimator), 4000);
}

}  // namespace
}  // namespace rung::abr
