#include <gtest/gtest.h>

#include <cmath>

#include "abr/estimators/kalman_estimator.h"
#include "core/random.h"
#include "tests/support/samples.h"

namespace rung::abr {
namespace {

using std::chrono::seconds;
using test::forecast_kbps;
using test::sample;

TEST(Kalman, TakesTheLikeliestStepTowardsTheSecondSample) {
  KalmanEstimator estimator;
  estimator.observe(sample(125, seconds(1)));
  EXPECT_EQ(forecast_kbps(estimator), 1000);
  // Of one innovation v of ln 2 the costs are ln(v^2 / (2 + q) + 0.01) + ln(2 + q), least for the
  // least q = 0.01: gain 1.01 / 2.01.
  estimator.observe(sample(250, seconds(1)));
  EXPECT_NEAR(static_cast<double>(forecast_kbps(estimator)),
              1000 * std::exp(std::log(2) * 1.01 / 2.01), 1);
}

TEST(Kalman, FollowsAWalkAndAveragesNoise) {
  KalmanEstimator walk;
  for (int i = 0; i < 60; ++i) walk.observe(sample(i < 40 ? 125 : 500, seconds(1)));
  EXPECT_NEAR(static_cast<double>(forecast_kbps(walk)), 4000, 100);
  KalmanEstimator noise;
  Random random(5);
  for (int i = 0; i < 200; ++i) noise.observe(sample(random.below(2) == 0 ? 125 : 500, seconds(1)));
  EXPECT_NEAR(static_cast<double>(forecast_kbps(noise)), 2000, 500);
}

TEST(Kalman, GivesQuantilesAroundItsMedian) {
  KalmanEstimator estimator;
  EXPECT_FALSE(estimator.quantile(0.5));
  estimator.observe(sample(125, seconds(1)));
  EXPECT_LT(estimator.quantile(0.1).value(), estimator.quantile(0.5).value());
  EXPECT_LT(estimator.quantile(0.5).value(), estimator.quantile(0.9).value());
}

}  // namespace
}  // namespace rung::abr
