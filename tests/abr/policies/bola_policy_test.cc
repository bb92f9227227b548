#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "abr/policies/bola_policy.h"
#include "tests/support/situation.h"

namespace rung::abr {
namespace {

using std::chrono::seconds;
using test::Situation;

TEST(BolaPolicy, RisesWithTheBuffer) {
  RepresentationIndex before = 0;
  for (int level = 4; level <= 26; ++level) {
    BolaPolicy policy;
    Situation situation;
    situation.forecast_kbps = 300;
    situation.level = seconds(level);
    static_cast<void>(situation.ask(policy));  // leaves the start-up
    situation.forecast_kbps = 50'000;
    situation.previous = 0;
    const RepresentationIndex now = situation.ask(policy).representation;
    EXPECT_GE(now, before);
    before = now;
  }
  EXPECT_EQ(before, 5u);
}

TEST(BolaPolicy, StartsByThroughput) {
  BolaPolicy policy;
  Situation situation;
  situation.previous.reset();
  situation.forecast_kbps = 2200;
  EXPECT_EQ(situation.ask(policy), (Decision{.representation = 3, .reason = Reason::throughput}));
}

TEST(BolaPolicy, BoundsTheChoiceWhereTheBufferIsLow) {
  BolaPolicy policy;
  Situation situation;
  situation.previous = 5;
  situation.level = seconds(2);
  situation.forecast_kbps = 5000;
  EXPECT_EQ(situation.ask(policy),
            (Decision{.representation = 2, .reason = Reason::insufficient_buffer}));
}

/// Has left the start-up, at a choice of `kbps`.
void begin_at(BolaPolicy& policy, Situation& situation, std::int64_t kbps) {
  situation.forecast_kbps = kbps;
  situation.level = seconds(8);
  situation.previous = situation.ask(policy).representation;
}

TEST(BolaPolicy, CarriesTheStartUpsChoiceOverByAPlaceholder) {
  Situation situation;
  BolaPolicy policy;
  begin_at(policy, situation, 3500);
  ASSERT_EQ(situation.previous, 4u);
  // The buffer alone would take the second.
  EXPECT_EQ(situation.ask(policy), (Decision{.representation = 4, .reason = Reason::buffer}));
}

TEST(BolaPolicy, ABufferThatOtherTitlesHaveLoweredSaysNothingAboutTheLink) {
  Situation situation;
  situation.level = seconds(20);
  situation.forecast_kbps = 300;
  BolaPolicy policy;
  static_cast<void>(situation.ask(policy));  // leaves the start-up
  situation.forecast_kbps = 50'000;
  const Decision before = situation.ask(policy);
  situation.previous = before.representation;
  situation.level = seconds(12);
  situation.lent = seconds(8);
  EXPECT_EQ(situation.ask(policy), before);
  situation.lent = {};
  EXPECT_EQ(situation.ask(policy), before) << "until the buffer has grown again";

  BolaPolicy other;
  situation.forecast_kbps = 300;
  static_cast<void>(situation.ask(other));
  situation.forecast_kbps = 50'000;
  EXPECT_LT(situation.ask(other).representation, before.representation);
}

TEST(BolaPolicy, LosesThePlaceholderInAStall) {
  Situation situation;
  BolaPolicy policy;
  begin_at(policy, situation, 3200);
  situation.buffer.append(TrackKind::video, MediaTime(seconds(1)));
  situation.buffer.advance(Timestamp(seconds(2)));
  ASSERT_EQ(situation.buffer.stall_count(), 1);
  EXPECT_EQ(situation.ask(policy), (Decision{.representation = 1, .reason = Reason::buffer}));
}

TEST(BolaPolicy, LosesThePlaceholderWhenATransferWasGivenUp) {
  Situation situation;
  BolaPolicy policy;
  begin_at(policy, situation, 3200);
  situation.previous = 1;
  EXPECT_LE(situation.ask(policy).representation, 1u);
}

TEST(BolaPolicy, StartsByThroughputAgainAfterASeek) {
  Situation situation;
  BolaPolicy policy;
  begin_at(policy, situation, 3200);
  policy.on_seek();
  situation.previous.reset();
  situation.level = {};
  situation.forecast_kbps = 2200;
  EXPECT_EQ(situation.ask(policy), (Decision{.representation = 3, .reason = Reason::throughput}));
}

TEST(BolaPolicy, HoldsBackARiseAboveTheForecast) {
  Situation situation;
  BolaPolicy policy;
  begin_at(policy, situation, 1000);
  situation.level = seconds(26);
  situation.previous = 1;
  EXPECT_EQ(situation.ask(policy).representation, 1u);
  EXPECT_EQ(situation.ask(policy).reason, Reason::hysteresis);
}

TEST(BolaPolicy, HoldsBackARiseThatNeedsAllOfTheForecast) {
  Situation situation;
  BolaPolicy policy;
  begin_at(policy, situation, 1000);
  situation.level = seconds(26);
  situation.previous = 1;
  const std::int64_t next = situation.track.ladder(0)[2].bits_per_second() / 1000;
  situation.forecast_kbps = next;
  EXPECT_EQ(situation.ask(policy).representation, 1u);
  situation.forecast_kbps = next * 100 / 95 + 1;
  EXPECT_EQ(situation.ask(policy).representation, 2u);
}

TEST(BolaPolicy, WaitsWhereTheBufferIsFullForItsChoice) {
  Situation situation;
  BolaPolicy policy;
  begin_at(policy, situation, 1000);
  situation.level = seconds(26);
  situation.previous = 1;
  const Decision decision = situation.ask(policy);
  EXPECT_GT(decision.not_before, Situation::now);
  EXPECT_LT(decision.not_before, Situation::now + situation.level);
}

TEST(BolaPolicy, FollowsALadderThatChanges) {
  Situation wide;
  Situation narrow;
  const std::vector<std::int64_t> three_rungs{300, 600, 1200};
  narrow.track = test::uniform_track(50, seconds(4), three_rungs);
  BolaPolicy changing;
  wide.level = narrow.level = seconds(20);
  wide.forecast_kbps = narrow.forecast_kbps = 50'000;
  for (int i = 0; i < 6; ++i) {
    const Situation& situation = i % 2 == 0 ? wide : narrow;
    BolaPolicy fresh;
    static_cast<void>(situation.ask(fresh));
    static_cast<void>(situation.ask(changing));
    EXPECT_EQ(situation.ask(changing), situation.ask(fresh));
    changing.on_seek();
  }
}

}  // namespace
}  // namespace rung::abr
