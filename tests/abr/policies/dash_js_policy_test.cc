#include "abr/policies/dash_js_policy.h"

#include <gtest/gtest.h>

#include "tests/support/samples.h"
#include "tests/support/situation.h"

namespace rung::abr {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::sample;
using test::Situation;

Situation from(RepresentationIndex previous, Duration level, std::int64_t forecast_kbps) {
  Situation situation;
  situation.previous = previous;
  situation.level = level;
  situation.forecast_kbps = forecast_kbps;
  return situation;
}

TEST(DashJsPolicy, GoesByThroughputUntilTwelveSecondsAndByBolaUntilSix) {
  DashJsPolicy policy;
  EXPECT_EQ(from(3, seconds(12), 2100).ask(policy),
            (Decision{.representation = 3, .reason = Reason::throughput}));
  // BOLA, too, begins by throughput.
  static_cast<void>(from(3, milliseconds(12'001), 2100).ask(policy));
  EXPECT_EQ(from(3, milliseconds(12'001), 2100).ask(policy).reason, Reason::buffer);
  EXPECT_EQ(from(3, milliseconds(6001), 2100).ask(policy).reason, Reason::buffer);
  EXPECT_EQ(from(3, seconds(6), 2100).ask(policy).reason, Reason::throughput);
  EXPECT_EQ(from(3, seconds(12), 2100).ask(policy).reason, Reason::throughput);
}

TEST(DashJsPolicy, TakesWhatArrivesInTimeFromTheThirdSegmentOn) {
  DashJsPolicy policy;
  policy.observe(sample(500, seconds(1)));
  // 0.5 x 3200 x 2 / 4 = 800 kbit/s, but two segments are not there yet.
  EXPECT_EQ(from(4, seconds(2), 3200).ask(policy).representation, 4u);
  policy.observe(sample(500, seconds(1)));
  EXPECT_EQ(from(4, seconds(2), 3200).ask(policy),
            (Decision{.representation = 1, .reason = Reason::insufficient_buffer}));
  policy.on_seek();
  EXPECT_EQ(from(4, seconds(2), 3200).ask(policy).representation, 4u);
}

TEST(DashJsPolicy, StaysBelowWhatItKeptDroppingFrom) {
  DashJsPolicy policy;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(from(3, seconds(8), 2100).ask(policy).representation, 3u);
  // The sixth is the drop; one of six is more than 0.075 of the five.
  EXPECT_EQ(from(3, seconds(8), 1400).ask(policy).representation, 2u);
  EXPECT_EQ(from(2, seconds(8), 2100).ask(policy),
            (Decision{.representation = 2, .reason = Reason::hysteresis}));
}

TEST(DashJsPolicy, GivesUpWhatWouldTakeNearlyTwoDurations) {
  DashJsPolicy policy;
  const Situation situation = from(4, seconds(5), 3000);
  const DecisionContext context = situation.context();
  TransferContext transfer{.decision = context,
                           .representation = 4,
                           .requested = Situation::now - milliseconds(1100),
                           .first_byte = Situation::now - milliseconds(1000),
                           .received = ByteCount(125'000),
                           .expected = ByteCount(1'425'000)};
  // 1 Mbit/s: all would take 11.4 s. Within 900 kbit/s is representation 1, a fifth as large.
  EXPECT_EQ(policy.reconsider(transfer), RepresentationIndex{1});
  // 200 kB/s = 1.6 Mbit/s: 7.125 s is less than 7.2.
  transfer.received = ByteCount(200'000);
  EXPECT_EQ(policy.reconsider(transfer), std::nullopt);
  // Half a second is too early.
  transfer.received = ByteCount(60'000);
  transfer.first_byte = Situation::now - milliseconds(500);
  EXPECT_EQ(policy.reconsider(transfer), std::nullopt);
  // What is still to come is smaller than the other one.
  transfer.first_byte = Situation::now - milliseconds(12'000);
  transfer.received = ByteCount(1'300'000);
  EXPECT_EQ(policy.reconsider(transfer), std::nullopt);
}

}  // namespace
}  // namespace rung::abr
