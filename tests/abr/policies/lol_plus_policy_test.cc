#include "abr/policies/lol_plus_policy.h"

#include <gtest/gtest.h>

#include "tests/support/situation.h"

namespace rung::abr {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Situation;

/// Bandwidths of 300 and 400 kbit/s have the norm 500: neurons at 0.6 and 0.8.
Situation two_rungs(RepresentationIndex previous, Duration level, std::int64_t forecast_kbps) {
  Situation situation;
  situation.track = test::uniform_track(50, seconds(4), {300, 400});
  situation.previous = previous;
  situation.level = level;
  situation.forecast_kbps = forecast_kbps;
  return situation;
}

TEST(LolPlusPolicy, TakesTheNeuronNearestToTheThroughput) {
  LolPlusPolicy low;
  // 0.9 x 380 = 342 kbit/s, 0.684: 0.2 x 0.084^2 for the first, 100 x 0.116^2 for the second.
  EXPECT_EQ(two_rungs(1, seconds(20), 380).ask(low),
            (Decision{.representation = 0, .reason = Reason::plan}));
  LolPlusPolicy high;
  // 414 kbit/s, 0.828, carries the second with more than 10 kbit/s to spare.
  EXPECT_EQ(two_rungs(0, seconds(20), 460).ask(high).representation, 1u);
  LolPlusPolicy tight;
  // 409.5 kbit/s, 0.819, does not: 100 x 0.019^2 = 0.036 against 0.2 x 0.219^2 = 0.0096.
  EXPECT_EQ(two_rungs(0, seconds(20), 455).ask(tight).representation, 0u);
}

TEST(LolPlusPolicy, StepsDownWhereTheBufferWouldNotLast) {
  LolPlusPolicy policy;
  // 400 x 4 / 414 = 3.86 s; 4.16 s leave 0.3 s, 4.15 s do not.
  EXPECT_EQ(two_rungs(1, milliseconds(4170), 460).ask(policy).reason, Reason::plan);
  EXPECT_EQ(two_rungs(1, milliseconds(4150), 460).ask(policy).reason, Reason::insufficient_buffer);
  EXPECT_EQ(two_rungs(1, seconds(1), 380).ask(policy),
            (Decision{.representation = 0, .reason = Reason::insufficient_buffer}));
}

TEST(LolPlusPolicy, LearnsTowardsTheThroughput) {
  LolPlusPolicy policy;
  // Again and again at 0.72 with switches from the second to the first: the first neuron's
  // throughput rises towards it, and both learn that this costs a switch.
  for (int i = 0; i < 400; ++i)
    EXPECT_EQ(two_rungs(1, seconds(20), 400).ask(policy).representation, 0u);
  // 0.9 x 460: the first neuron is now at about 0.72 and 0.828 still nearest to the second.
  EXPECT_EQ(two_rungs(1, seconds(20), 460).ask(policy).representation, 1u);
}

TEST(LolPlusPolicy, GoesByThroughputBeforeTheSecondSegment) {
  LolPlusPolicy policy;
  Situation situation = two_rungs(0, seconds(0), 460);
  situation.previous.reset();
  EXPECT_EQ(situation.ask(policy), (Decision{.representation = 1, .reason = Reason::throughput}));
}

}  // namespace
}  // namespace rung::abr
