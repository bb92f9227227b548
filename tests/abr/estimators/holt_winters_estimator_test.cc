#include <gtest/gtest.h>

#include "abr/estimators/holt_winters_estimator.h"
#include "tests/support/samples.h"

namespace rung::abr {
namespace {

using std::chrono::seconds;
using test::forecast_kbps;
using test::sample;

TEST(HoltWinters, FollowsLevelAndTrend) {
  HoltWintersEstimator estimator;
  estimator.observe(sample(125, seconds(1)));
  EXPECT_EQ(forecast_kbps(estimator), 1000);
  // level 0.8 x 2000 + 0.2 x 1000 = 1800, trend 0.2 x 800 = 160.
  estimator.observe(sample(250, seconds(1)));
  EXPECT_NEAR(static_cast<double>(forecast_kbps(estimator)), 1960, 1);
  // level 0.8 x 1000 + 0.2 x 1960 = 1192, trend 0.2 x -608 + 0.8 x 160 = 6.4.
  estimator.observe(sample(125, seconds(1)));
  EXPECT_NEAR(static_cast<double>(forecast_kbps(estimator)), 1198, 1);
}

TEST(HoltWinters, NeverFallsBelowATenthOfTheLevel) {
  HoltWintersEstimator estimator;
  estimator.observe(sample(125'000, seconds(1)));
  // level 0.8 x 1000 + 0.2 x 10^6 = 200,800, trend 0.2 x -799,200 = -159,840: 40,960 kbit/s.
  estimator.observe(sample(125, seconds(1)));
  EXPECT_NEAR(static_cast<double>(forecast_kbps(estimator)), 40'960, 1);
  // level 0.8 x 1000 + 0.2 x 40,960 = 8,992; the trend is far below: a tenth.
  estimator.observe(sample(125, seconds(1)));
  EXPECT_NEAR(static_cast<double>(forecast_kbps(estimator)), 899, 1);
}

}  // namespace
}  // namespace rung::abr
