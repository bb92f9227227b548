#include <gtest/gtest.h>

#include <cmath>

#include "abr/estimators/ewma_estimator.h"
#include "tests/support/samples.h"

namespace rung::abr {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::forecast_kbps;
using test::sample;

TEST(Ewma, FallsFasterThanItRises) {
  EwmaEstimator fallen;
  EwmaEstimator risen;
  for (int i = 0; i < 10; ++i) fallen.observe(sample(500, seconds(1)));
  for (int i = 0; i < 10; ++i) risen.observe(sample(125, seconds(1)));
  for (int i = 0; i < 3; ++i) fallen.observe(sample(125, seconds(1)));
  for (int i = 0; i < 3; ++i) risen.observe(sample(500, seconds(1)));
  EXPECT_LT(forecast_kbps(fallen) - 1000, 4000 - forecast_kbps(risen));
}

TEST(Ewma, IsNotBiasedTowardsItsStart) {
  EwmaEstimator estimator;
  estimator.observe(sample(250, milliseconds(500)));
  EXPECT_EQ(forecast_kbps(estimator), 4000);
}

TEST(Ewma, HalvesTheWeightOfThePastInAHalfLife) {
  EwmaEstimator estimator;
  // Long enough that nothing of the start is left.
  estimator.observe(sample(50'000, seconds(400)));
  estimator.observe(sample(0, seconds(3)));  // too small to tell
  estimator.observe(sample(750, seconds(3)));
  // The fast mean is at 1500 by now; the slow one, at 1229, is what counts.
  EXPECT_NEAR(static_cast<double>(forecast_kbps(estimator)),
              1000 + 1000 * (1 - std::exp2(-3.0 / 8)), 1);
}

}  // namespace
}  // namespace rung::abr
