#include "recommend/vector_math.h"

#include <gtest/gtest.h>

#include <array>

namespace rung::recommend {
namespace {

TEST(VectorMath, TakesExponentials) {
  std::array<float, 5> numbers = {0, -1, -200, 1, 0};
  take_exponentials(numbers);
  EXPECT_FLOAT_EQ(numbers[0], 1);
  EXPECT_FLOAT_EQ(numbers[1], 0.36787944F);
  EXPECT_NEAR(numbers[2], 0, 1e-30);
  EXPECT_FLOAT_EQ(numbers[3], 2.7182817F);
}

TEST(VectorMath, TakesLogarithms) {
  std::array<float, 5> numbers = {1, 2.7182817F, 1e-20F, 1e20F, 0.5F};
  take_logarithms(numbers);
  EXPECT_FLOAT_EQ(numbers[0], 0);
  EXPECT_FLOAT_EQ(numbers[1], 1);
  EXPECT_FLOAT_EQ(numbers[2], -46.051704F);
  EXPECT_FLOAT_EQ(numbers[3], 46.051704F);
  EXPECT_FLOAT_EQ(numbers[4], -0.6931472F);
}

}  // namespace
}  // namespace rung::recommend
