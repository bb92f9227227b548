#include <gtest/gtest.h>

#include "abr/policies/rate_policy.h"
#include "tests/support/situation.h"

namespace rung::abr {
namespace {

using test::Situation;

TEST(RatePolicy, LeavesATenthOfTheForecast) {
  Situation situation;
  RatePolicy policy;
  situation.forecast_kbps = 2055;
  EXPECT_EQ(situation.ask(policy).representation, 2u);
  situation.forecast_kbps = 2056;
  EXPECT_EQ(situation.ask(policy).representation, 3u);
}

TEST(RatePolicy, TakesTheLowestWithoutAForecast) {
  RatePolicy policy;
  EXPECT_EQ(Situation{}.ask(policy),
            (Decision{.representation = 0, .reason = Reason::startup_unknown}));
}

}  // namespace
}  // namespace rung::abr
