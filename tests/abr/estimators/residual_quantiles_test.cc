#include <gtest/gtest.h>

#include <cmath>

#include "abr/estimators/residual_quantiles.h"
#include "core/random.h"

namespace rung::abr {
namespace {

TEST(ResidualQuantiles, StartsAsALaplaceDistributionOfThreeTenths) {
  const ResidualQuantiles quantiles;
  EXPECT_NEAR(quantiles.quantile(0.5), 0, 0.01);
  EXPECT_NEAR(quantiles.quantile(0.9), 0.3 * std::log(5), 0.03);
  EXPECT_NEAR(quantiles.quantile(0.1), -0.3 * std::log(5), 0.03);
}

TEST(ResidualQuantiles, MovesALevelByTheFirstMiss) {
  ResidualQuantiles quantiles;
  const double before = quantiles.quantile(0.9);
  // Far above every quantile: all levels rise, and the scale becomes 0.3 + 0.1 (3 - 0.3).
  quantiles.observe(3);
  EXPECT_GT(quantiles.quantile(0.9) / 0.57, before / 0.3);
  EXPECT_GT(quantiles.quantile(0.1) / 0.57, -std::log(5));
}

TEST(ResidualQuantiles, HoldsAsOftenAsItSaysThroughCalmAndWild) {
  ResidualQuantiles quantiles;
  Random random(3);
  const int rounds = 20'000;
  int below_tenth = 0;
  int below_half = 0;
  int below_ninety = 0;
  for (int i = 0; i < rounds; ++i) {
    // Skewed misses whose size changes fifty-fold every five hundred, without any warning.
    const double wild = i / 500 % 2 == 0 ? 0.05 : 2.5;
    const double u = (static_cast<double>(random.below(1'000'000)) + 0.5) / 1e6;
    const double miss = wild * (-std::log(u) - 0.3);
    if (miss <= quantiles.quantile(0.1)) ++below_tenth;
    if (miss <= quantiles.quantile(0.5)) ++below_half;
    if (miss <= quantiles.quantile(0.9)) ++below_ninety;
    quantiles.observe(miss);
  }
  EXPECT_NEAR(below_tenth / double{rounds}, 0.1, 0.01);
  EXPECT_NEAR(below_half / double{rounds}, 0.5, 0.01);
  EXPECT_NEAR(below_ninety / double{rounds}, 0.9, 0.01);
}

TEST(ResidualQuantiles, GrowsWithTheProbabilityWhateverCame) {
  ResidualQuantiles quantiles;
  Random random(4);
  for (int i = 0; i < 3000; ++i) {
    quantiles.observe(i % 7 == 0 ? 30.0 : -static_cast<double>(random.below(100)) / 50);
    double last = quantiles.quantile(0.001);
    for (int k = 1; k < 100; ++k) {
      const double next = quantiles.quantile(k / 100.0);
      ASSERT_GE(next, last) << i << " at " << k;
      last = next;
    }
  }
}

}  // namespace
}  // namespace rung::abr
