#include "core/random.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace rung {
namespace {

// The first numbers of SplitMix64 from seed 0, as its reference implementation prints them.
TEST(Random, GivesTheReferenceNumbers) {
  Random random(0);
  EXPECT_EQ(random.bits(), 0xe220a8397b1dcdafULL);
  EXPECT_EQ(random.bits(), 0x6e789e6aa1b965f4ULL);
  EXPECT_EQ(random.bits(), 0x06c45d188009454fULL);
}

TEST(Random, ACopyForksTheStream) {
  Random random(5);
  Random fork = random;
  for (int i = 0; i < 100; ++i) ASSERT_EQ(random.normal(), fork.normal());
}

TEST(Random, BelowIsEvenAndBounded) {
  Random random(3);
  std::array<int, 6> counts{};
  for (int i = 0; i < 60'000; ++i) ++counts.at(random.below(6));
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
  EXPECT_EQ(random.below(1), 0u);
}

TEST(Random, DistributionsHaveTheirMoments) {
  Random random(4);
  constexpr int runs = 200'000;
  double uniform = 0, normal = 0, normal_squares = 0, exponential = 0;
  for (int i = 0; i < runs; ++i) {
    const double u = random.uniform(), n = random.normal(), e = random.exponential();
    ASSERT_TRUE(u >= 0 && u < 1 && e >= 0 && std::isfinite(e) && std::isfinite(n));
    uniform += u / runs;
    normal += n / runs;
    normal_squares += n * n / runs;
    exponential += e / runs;
  }
  EXPECT_NEAR(uniform, 0.5, 0.01);
  EXPECT_NEAR(normal, 0, 0.02);
  EXPECT_NEAR(normal_squares, 1, 0.03);
  EXPECT_NEAR(exponential, 1, 0.02);
}

}  // namespace
}  // namespace rung
