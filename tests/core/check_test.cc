#include "core/check.h"

#include <gtest/gtest.h>

namespace rung {
namespace {

TEST(CheckDeathTest, NamesTheConditionThatDoesNotHold) {
  const int level = -1;
  EXPECT_DEATH(RUNG_CHECK(level >= 0), "internal error: level >= 0 does not hold");
}

TEST(Check, EvaluatesItsConditionOnce) {
  int evaluations = 0;
  RUNG_CHECK(++evaluations == 1);
  EXPECT_EQ(evaluations, 1);
}

}  // namespace
}  // namespace rung
