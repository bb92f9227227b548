#include "abr/policies/panda_policy.h"

#include <gtest/gtest.h>

#include "tests/support/situation.h"

namespace rung::abr {
namespace {

using std::chrono::seconds;
using test::Situation;

constexpr Timestamp now = Situation::now;

/// 2 s of transfer.
TransferSample sample(Timestamp requested, std::int64_t bytes) {
  return {.requested = requested,
          .first_byte = requested,
          .completed = requested + seconds(2),
          .size = ByteCount(bytes)};
}

Situation after(RepresentationIndex previous) {
  Situation situation;
  situation.previous = previous;
  situation.level = seconds(22);  // The minimum with 30 s and segments of 4 s.
  return situation;
}

RepresentationIndex first_choice(RepresentationIndex previous) {
  PandaPolicy policy;
  policy.observe(sample(now - seconds(4), 500'000));
  return after(previous).ask(policy).representation;
}

TEST(PandaPolicy, KeepsWhatLiesInTheDeadZone) {
  // At 2000 kbit/s it rises within 1700 kbit/s and falls above 2000.
  EXPECT_EQ(first_choice(0), 2u);
  EXPECT_EQ(first_choice(2), 2u);
  EXPECT_EQ(first_choice(3), 3u);
  EXPECT_EQ(first_choice(5), 3u);
}

TEST(PandaPolicy, ProbesDownAndWaitsAsLongAsPlanned) {
  PandaPolicy policy;
  policy.observe(sample(now - seconds(4), 500'000));
  // The plan is 1200 x 4 / 2000 = 2.4 s from this request to the next.
  EXPECT_EQ(after(0).ask(policy).representation, 2u);
  // x = 2000 - 0.14 x 2.4 x 1000 = 1664; y = 2000 - 0.2 x 2.4 x 336 = 1839 < 1850 kbit/s.
  policy.observe(sample(now, 250'000));
  const Situation situation = after(3);
  DecisionContext context = situation.context();
  context.now += seconds(2);
  const Decision decision = policy.choose(context);
  EXPECT_EQ(decision.representation, 2u);
  EXPECT_EQ(decision.reason, Reason::throughput);
  EXPECT_NEAR(to_seconds(decision.not_before - now), 2.4, 1e-6);
}

TEST(PandaPolicy, ProbesUpByAtMostAStep) {
  PandaPolicy policy;
  policy.observe(sample(now - seconds(4), 500'000));
  static_cast<void>(after(3).ask(policy));
  // The plan is 3.7 s, the step 0.14 x 3.7 x 300 = 155: y = 2000 + 0.74 x 155 = 2115, x 0.85 =
  // 1798.
  policy.observe(sample(now, 50'000'000));
  EXPECT_EQ(after(2).ask(policy).representation, 2u);
}

TEST(PandaPolicy, PullsTheBufferToItsMinimum) {
  PandaPolicy policy;
  policy.observe(sample(now - seconds(4), 500'000));
  Situation full = after(0);
  full.level = seconds(26);
  static_cast<void>(full.ask(policy));
  // 2.4 s and a fifth of the 4 s above the minimum.
  policy.observe(sample(now, 500'000));
  EXPECT_NEAR(to_seconds(full.ask(policy).not_before - now), 3.2, 1e-6);
}

TEST(PandaPolicy, DoesNotSwingAfterALongTransfer) {
  PandaPolicy policy;
  policy.observe(sample(now - seconds(4), 500'000));
  static_cast<void>(after(3).ask(policy));
  TransferSample slow = sample(now, 1'500'000);
  slow.completed = now + seconds(10);  // 1200 kbit/s, which both estimates reach.
  policy.observe(slow);
  const Situation situation = after(3);
  DecisionContext context = situation.context();
  context.now += seconds(10);
  EXPECT_EQ(policy.choose(context).representation, 2u);
}

}  // namespace
}  // namespace rung::abr
