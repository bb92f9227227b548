#include "recommend/eigen.h"

#include <gtest/gtest.h>

#include <array>
#include <span>

namespace rung::recommend {
namespace {

TEST(Eigen, WorksOnNumbersWhereTheyLie) {
  std::array<float, 5> numbers = {0, -1, -200, 1, 0};
  auto values = array_of(std::span<float>(numbers));
  values = values.exp();
  EXPECT_FLOAT_EQ(numbers[0], 1);
  EXPECT_FLOAT_EQ(numbers[1], 0.36787944F);
  EXPECT_NEAR(numbers[2], 0, 1e-30);
  EXPECT_FLOAT_EQ(numbers[3], 2.7182817F);
  EXPECT_FLOAT_EQ(array_of(std::span<const float>(numbers)).sum(),
                  1 + 0.36787944F + 2.7182817F + 1);
}

}  // namespace
}  // namespace rung::recommend
