#include "abr/estimators/quantile_estimator.h"

#include <gtest/gtest.h>

#include <memory>

#include "abr/estimators/ar1_estimator.h"
#include "core/random.h"
#include "tests/support/samples.h"

namespace rung::abr {
namespace {

using std::chrono::milliseconds;
using test::sample;

TEST(QuantileEstimator, ForecastsWhatTheOtherGivesAsAQuantile) {
  QuantileEstimator cautious(std::make_unique<Ar1Estimator>(), 0.2);
  EXPECT_FALSE(cautious.forecast());
  Ar1Estimator other;
  Random random(3);
  int below = 0;
  const int rounds = 2000;
  for (int i = 0; i < rounds; ++i) {
    const auto next = sample(500, milliseconds(500 + random.below(3000)));
    if (const auto forecast = cautious.forecast()) {
      EXPECT_EQ(forecast->throughput, other.quantile(0.2));
      EXPECT_EQ(forecast->latency, other.forecast()->latency);
      EXPECT_EQ(cautious.quantile(0.9), other.quantile(0.9));
      if (throughput(next) <= forecast->throughput) ++below;
    }
    cautious.observe(next);
    other.observe(next);
  }
  EXPECT_NEAR(below / double{rounds}, 0.2, 0.01);
}

}  // namespace
}  // namespace rung::abr
