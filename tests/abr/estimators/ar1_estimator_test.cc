#include <gtest/gtest.h>

#include <cmath>

#include "abr/estimators/ar1_estimator.h"
#include "tests/support/samples.h"

namespace rung::abr {
namespace {

using std::chrono::seconds;
using test::forecast_kbps;
using test::sample;

TEST(Ar1, GoesPartOfTheWayBackToTheMeanOfTheLogarithms) {
  Ar1Estimator estimator;
  estimator.observe(sample(125, seconds(1)));
  EXPECT_EQ(forecast_kbps(estimator), 1000);
  // With d = ln 2: m = d / 1.97, var = m^2, cov = -m (d - m), phi = (cov + 0.4) / (var + 0.5).
  estimator.observe(sample(250, seconds(1)));
  const double d = std::log(2);
  const double m = d / 1.97;
  const double phi = (-m * (d - m) + 0.4) / (m * m + 0.5);
  EXPECT_NEAR(static_cast<double>(forecast_kbps(estimator)), 1000 * std::exp(m + phi * (d - m)), 1);
}

TEST(Ar1, LearnsThatALinkAlternates) {
  Ar1Estimator estimator;
  for (int i = 0; i < 100; ++i) estimator.observe(sample(i % 2 == 0 ? 125 : 500, seconds(1)));
  // phi is not below zero, so the best is the mean of the logarithms: 2 Mbit/s.
  EXPECT_NEAR(static_cast<double>(forecast_kbps(estimator)), 2000, 30);
}

TEST(Ar1, GivesQuantilesAroundItsMedian) {
  Ar1Estimator estimator;
  EXPECT_FALSE(estimator.quantile(0.5));
  estimator.observe(sample(125, seconds(1)));
  EXPECT_LT(estimator.quantile(0.1).value(), estimator.quantile(0.5).value());
  EXPECT_LT(estimator.quantile(0.5).value(), estimator.quantile(0.9).value());
  EXPECT_NEAR(static_cast<double>(estimator.quantile(0.5)->bits_per_second()), 1e6, 1e4);
}

}  // namespace
}  // namespace rung::abr
