#include "network_sim/live_title.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <span>
#include <utility>
#include <vector>

#include "abr/estimator_factory.h"
#include "core/random.h"
#include "network_sim/sweep.h"
#include "tests/support/links.h"
#include "tests/support/titles.h"

namespace rung::network_sim {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// Two periods with sizes and looks, and sound in segments of another length.
media::Tracks two_periods() {
  Random random(5);
  std::vector<media::Track::Part> parts =
      test::with_looks(test::uniform_track(3, 4s, {300, 900}), random).parts();
  for (int i = 0; i < 6; ++i) parts[0].sizes.emplace_back(1000 + i);
  media::Track::Part second = parts[0];
  second.bandwidths = {500_kbps, 700_kbps};
  second.timeline = media::SegmentTimeline(1000, 500, MediaTime(12s));
  second.timeline.append({500, 4000, 3});
  second.timeline.cut_end(MediaTime(23s));
  parts.push_back(second);
  return {.video = *media::Track::create(std::move(parts)),
          .audio = test::uniform_track(12, 2s, {64})};
}

TEST(LiveTitle, GrowsToTheWholeTitleSegmentBySegmentAsEachHasEnded) {
  for (const media::Tracks& whole : {two_periods(), test::video_only(5), test::video_and_audio(5)})
    for (const Duration delay : {Duration(4s), Duration(9s), Duration(13s)}) {
      const auto live = live_title(whole, delay);
      ASSERT_TRUE(live) << live.error().message;
      media::Tracks now = live->at_first;
      EXPECT_TRUE(now.live);
      EXPECT_LE(media::end_of(now), MediaTime(delay));
      Timestamp last{};
      EXPECT_EQ(live->growth.at(0),
                (session::PresentationGrew{
                    .at = {}, .growth = {}, .window_start = {}, .live_edge = MediaTime(delay)}));
      for (const session::PresentationGrew& grew : std::span(live->growth).subspan(1)) {
        EXPECT_GT(grew.at, last);
        last = grew.at;
        const auto more = media::grown(now, grew.growth);
        ASSERT_TRUE(more) << more.error().message;
        now = *more;
        EXPECT_EQ(grew.live_edge, MediaTime(delay + last.time_since_epoch()));
        EXPECT_EQ(media::end_of(now), grew.live_edge);
      }
      EXPECT_EQ(now, whole);
    }
}

TEST(LiveTitle, IsWholeWhereTheViewerIsFarEnoughBehind) {
  const media::Tracks whole = test::video_only(5);
  const auto live = live_title(whole, 20s);
  ASSERT_TRUE(live);
  EXPECT_EQ(live->at_first, whole);
  EXPECT_TRUE(live->growth.empty());
}

TEST(LiveTitle, NeedsADelayOfTheFirstSegment) {
  const auto refused = live_title(test::video_only(5), 3s);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("4.0"));
}

Sweep live_sweep(LinkCapacity link, Duration delay) {
  const media::Tracks tracks = test::video_only(30);
  return {.policies = {"bba"},
          .estimator = {},
          .links = {std::move(link)},
          .titles = {{.name = "title", .known = tracks, .actual = tracks}},
          .seeds = {1},
          .session = {},
          .default_rtt = 50ms,
          .live_delay = delay};
}

TEST(LiveTitle, IsNeverAskedForWhatIsNotThereAndPlaysToItsEnd) {
  const Sweep sweep = live_sweep(LinkCapacity(test::constant_link(20'000_kbps)), 6s);
  std::vector<TransferRecord> transfers;
  const auto outcome = sweep.run(0, &transfers);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->report.end, session::EndReason::played_out);
  EXPECT_EQ(outcome->report.stalled, Duration::zero());
  EXPECT_EQ(outcome->report.played, 120s);
  ASSERT_EQ(transfers.size(), 30);
  for (const TransferRecord& transfer : transfers)
    EXPECT_GE(transfer.requested - Timestamp{}, (transfer.segment + 1) * 4s - 6s);
}

TEST(LiveTitle, StallsMoreTheNearerTheViewerIs) {
  const auto stalled = [](Duration delay) {
    const Sweep sweep =
        live_sweep(LinkCapacity(test::trace_of({{.duration = 20s, .rate = 3000_kbps, .rtt = {}},
                                                {.duration = 8s, .rate = 100_kbps, .rtt = {}}})),
                   delay);
    return sweep.run(0)->report.stalled;
  };
  EXPECT_GT(stalled(5s), stalled(12s));
  EXPECT_GE(stalled(12s), stalled(24s));
}

TEST(LiveTitle, TheLatencyComesBackToWhatWasJoinedAtAfterAStall) {
  const auto latency = [](Duration delay, Duration outage) {
    Sweep sweep = live_sweep(
        LinkCapacity(test::trace_of({{.duration = 20s, .rate = 20'000_kbps, .rtt = {}},
                                     {.duration = outage, .rate = 10_kbps, .rtt = {}},
                                     {.duration = 1000s, .rate = 20'000_kbps, .rtt = {}}})),
        delay);
    const auto outcome = sweep.run(0);
    EXPECT_EQ(outcome->report.end, session::EndReason::played_out);
    EXPECT_GT(outcome->report.stalled, 1s);
    EXPECT_EQ(outcome->report.stall_count, 1) << "hurrying must not empty the buffer";
    return *outcome->report.latency;
  };
  // 3 s of stall and more are made good at 5 % within the minute and a half that is left.
  EXPECT_NEAR(to_seconds(latency(10s, 12s)), 10, 0.6);
  // What is farther off than 12 s is left out.
  EXPECT_NEAR(to_seconds(latency(10s, 40s)), 10, 0.6);
}

TEST(LiveTitle, InChunksTellsOfASegmentWithItsFirstChunkAndOfTheEndWithItsLast) {
  for (const media::Tracks& whole : {two_periods(), test::video_only(5), test::video_and_audio(5)})
    for (const Duration delay : {Duration(500ms), Duration(1s), Duration(9s)}) {
      const auto live = live_title(whole, delay, 500ms);
      ASSERT_TRUE(live) << live.error().message;
      media::Tracks now = live->at_first;
      for (const session::PresentationGrew& grew : live->growth) {
        EXPECT_TRUE(now.live);
        const auto more = media::grown(now, grew.growth);
        ASSERT_TRUE(more) << more.error().message;
        now = *more;
        EXPECT_EQ(grew.live_edge, MediaTime(delay + grew.at.time_since_epoch()));
        for (const auto* track : {&now.video, &now.audio})
          if (*track) {
            const SegmentNumber last = (*track)->segment_count() - 1;
            EXPECT_LE((*track)->start(last) + 500ms, grew.live_edge);
          }
      }
      EXPECT_EQ(now, whole);
      EXPECT_EQ(live->growth.back().live_edge, media::end_of(whole));
    }
  const auto refused = live_title(test::video_only(5), 400ms, 500ms);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("no chunk: the first one lasts 0.5"));
}

/// Every segment is asked for when it begins to be there, and none is there before it was produced.
TEST(LiveTitle, InChunksComesNoFasterThanItIsProduced) {
  Sweep sweep = live_sweep(LinkCapacity(test::constant_link(50'000_kbps)), 1500ms);
  sweep.live_chunk = 500ms;
  std::vector<TransferRecord> transfers;
  const auto outcome = sweep.run(0, &transfers);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->report.end, session::EndReason::played_out);
  EXPECT_EQ(outcome->report.stall_count, 0);
  EXPECT_EQ(outcome->report.played, 120s);
  EXPECT_LT(*outcome->report.latency, 2s) << "a whole segment lasts 4 s";
  ASSERT_EQ(transfers.size(), 30);
  for (const TransferRecord& transfer : transfers) {
    const Timestamp produced{(transfer.segment + 1) * 4s - 1500ms};
    EXPECT_GE(transfer.done, produced + 25ms) << transfer.segment;
    EXPECT_LE(transfer.done, produced + 200ms) << transfer.segment;
  }
}

TEST(LiveTitle, InChunksTakesNoPauseForASlowLink) {
  Sweep sweep = live_sweep(LinkCapacity(test::constant_link(20'000_kbps)), 2s);
  sweep.policies = {"rate"};
  sweep.live_chunk = 500ms;
  const auto outcome = sweep.run(0);
  ASSERT_TRUE(outcome) << outcome.error().message;
  const media::Track& video = *sweep.titles[0].known.video;
  // Whoever took the encoder's pace for the link's would never choose the highest.
  EXPECT_GT(outcome->report.mean_kbps,
            0.9 * static_cast<double>(video.ladder(0).back().bits_per_second()) / 1000);
}

TEST(LiveTitle, InChunksShareTheLinkWithThoseOfTheSound) {
  const media::Tracks tracks = test::video_and_audio(20);
  Sweep sweep = live_sweep(LinkCapacity(test::constant_link(20'000_kbps)), 2s);
  sweep.titles = {{.name = "title", .known = tracks, .actual = tracks}};
  sweep.live_chunk = 250ms;
  const auto outcome = sweep.run(0);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->report.end, session::EndReason::played_out);
  EXPECT_EQ(outcome->report.stall_count, 0);
  EXPECT_LT(*outcome->report.latency, 2500ms);
}

TEST(LiveTitle, HasNoExactOptimum) {
  Sweep sweep = live_sweep(LinkCapacity(test::constant_link(2000_kbps)), 6s);
  sweep.policies = {"oracle"};
  const auto outcome = sweep.run(0);
  ASSERT_FALSE(outcome);
  EXPECT_THAT(to_string(outcome.error()), HasSubstr("the title is live"));
}

}  // namespace
}  // namespace rung::network_sim
