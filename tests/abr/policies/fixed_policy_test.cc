#include <gtest/gtest.h>

#include "abr/policies/fixed_policy.h"
#include "abr/policy_factory.h"
#include "tests/support/situation.h"

namespace rung::abr {
namespace {

using test::Situation;

TEST(FixedPolicy, TakesANumberOrAnEndOfTheLadder) {
  const Situation situation;
  EXPECT_EQ(situation.ask(**make_policy("fixed:2", {})).representation, 2u);
  EXPECT_EQ(situation.ask(**make_policy("fixed:last", {})).representation, 5u);
  EXPECT_EQ(situation.ask(**make_policy("fixed:99", {})).representation, 5u);
  EXPECT_FALSE(make_policy("fixed:-1", {}));
  EXPECT_FALSE(make_policy("fixed:", {}));
}

}  // namespace
}  // namespace rung::abr
