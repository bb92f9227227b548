#include "abr/policies/l2a_policy.h"

#include <gtest/gtest.h>

#include "tests/support/samples.h"
#include "tests/support/situation.h"

namespace rung::abr {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::sample;
using test::Situation;

Situation two_rungs(Duration level, std::int64_t forecast_kbps) {
  Situation situation;
  situation.track = test::uniform_track(50, seconds(4), {1000, 2000});
  situation.level = level;
  situation.forecast_kbps = forecast_kbps;
  return situation;
}

TEST(L2aPolicy, StartsByThroughputUntilOneAndAHalfSeconds) {
  L2aPolicy policy;
  EXPECT_EQ(two_rungs(milliseconds(1499), 2300).ask(policy),
            (Decision{.representation = 1, .reason = Reason::throughput}));
  EXPECT_EQ(two_rungs(milliseconds(1500), 1100).ask(policy),
            (Decision{.representation = 0, .reason = Reason::throughput}));
  policy.observe(sample(500, seconds(1)));
  EXPECT_EQ(two_rungs(seconds(4), 1100).ask(policy).reason, Reason::plan);
}

TEST(L2aPolicy, StepsAlongTheGradientAndProjects) {
  L2aPolicy policy;
  // w' = (1, 0), Q = v = 4^0.99 = 3.945, alpha = 2 v, so V (Q + v) / (2 alpha) = 4 x 2 v / 4 v = 2.
  EXPECT_EQ(two_rungs(seconds(2), 1200).ask(policy).representation, 0u);
  // At 4000 kbit/s the steps are 0.5 and 1: (1.5, 1) lies nearest to (0.75, 0.25), 1250 kbit/s.
  // Q = v - 4 + 4 (1250 + 250) / 4000 = 1.445.
  policy.observe(sample(500, seconds(1)));
  EXPECT_EQ(two_rungs(seconds(4), 1200).ask(policy).representation, 0u);
  // (Q + v) / (4 v) x 4 = 1.366; the steps 0.342 and 0.683: (1.092, 0.933) to (0.579, 0.421),
  // 1421 kbit/s. Q = 1.445 - 4 + 4 (1421 + 171) / 4000 < 0.
  policy.observe(sample(500, seconds(1)));
  EXPECT_EQ(two_rungs(seconds(4), 1200).ask(policy).representation, 0u);
  // Q = 0: steps 0.25 and 0.5: (0.829, 0.921) to (0.454, 0.546): 1546 kbit/s, the second one.
  policy.observe(sample(500, seconds(1)));
  EXPECT_EQ(two_rungs(seconds(4), 1200).ask(policy).representation, 1u);
}

TEST(L2aPolicy, DescendsBelowTheThroughput) {
  L2aPolicy policy;
  EXPECT_EQ(two_rungs(seconds(2), 2300).ask(policy).representation, 1u);
  // At 1250 kbit/s the steps are +1.6 and -3.2: (1.6, -2.2) to (1, 0).
  policy.observe(sample(625, seconds(4)));
  EXPECT_EQ(two_rungs(seconds(4), 2300).ask(policy).representation, 0u);
  policy.on_seek();
  EXPECT_EQ(two_rungs(seconds(1), 2300).ask(policy).reason, Reason::throughput);
}

TEST(L2aPolicy, LearnsOnceFromEveryTransfer) {
  L2aPolicy policy;
  EXPECT_EQ(two_rungs(seconds(2), 1200).ask(policy).representation, 0u);
  policy.observe(sample(500, seconds(1)));
  for (int i = 0; i < 50; ++i)
    EXPECT_EQ(two_rungs(seconds(4), 1200).ask(policy).representation, 0u);
}

}  // namespace
}  // namespace rung::abr
