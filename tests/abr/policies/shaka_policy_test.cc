#include "abr/policies/shaka_policy.h"

#include <gtest/gtest.h>

#include "tests/support/samples.h"
#include "tests/support/situation.h"

namespace rung::abr {
namespace {

using std::chrono::seconds;
using test::sample;
using test::Situation;

TEST(ShakaPolicy, AssumesAMegabitUntil128KilobytesHaveCome) {
  ShakaPolicy policy;
  Situation situation;
  situation.forecast_kbps = 9000;
  EXPECT_EQ(situation.ask(policy),
            (Decision{.representation = 1, .reason = Reason::startup_unknown}));
  policy.observe(sample(100, seconds(1)));
  policy.observe(sample(15, seconds(1)));  // Too small to tell anything.
  policy.observe(sample(15, seconds(1)));
  EXPECT_EQ(situation.ask(policy).representation, 1u);
  policy.observe(sample(28, seconds(1)));
  EXPECT_EQ(situation.ask(policy), (Decision{.representation = 5, .reason = Reason::throughput}));
}

TEST(ShakaPolicy, ThinksEveryEightSeconds) {
  ShakaPolicy policy;
  policy.observe(sample(200, seconds(1)));
  Situation situation;
  // 0.95 x 3000 = 2850.
  situation.forecast_kbps = 3000;
  EXPECT_EQ(situation.ask(policy).representation, 4u);
  situation.forecast_kbps = 2990;
  DecisionContext context = situation.context();
  context.now += seconds(7);
  EXPECT_EQ(policy.choose(context), (Decision{.representation = 4, .reason = Reason::hysteresis}));
  context.now += seconds(1);
  EXPECT_EQ(policy.choose(context), (Decision{.representation = 3, .reason = Reason::throughput}));
}

}  // namespace
}  // namespace rung::abr
