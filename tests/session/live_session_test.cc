#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/speed.h"
#include "session/latency_control.h"
#include "session/recorded_session.h"
#include "session/replay_environment.h"
#include "session/session_log.h"
#include "session/streaming_session.h"
#include "tests/support/policies.h"
#include "tests/support/scripted_environment.h"
#include "tests/support/titles.h"

// Sessions of presentations that grow while they play.

namespace rung::session {
namespace {

using namespace std::chrono_literals;
using media::TrackKind;

constexpr Duration segment = 2s;

media::Tracks live(std::int64_t segments) {
  media::Tracks tracks = test::video_only(segments, segment);
  tracks.live = true;
  return tracks;
}

/// `count` more segments behind `known` of them, at `at`; the window holds `window` of them.
PresentationGrew grew(Duration at, std::int64_t known, std::int64_t count, std::int64_t window) {
  PresentationGrew event{
      .at = Timestamp(at),
      .growth = {},
      .window_start = MediaTime(std::max<std::int64_t>(known + count - window, 0) * segment),
      .live_edge = MediaTime((known + count) * segment)};
  if (count == 0) return event;
  media::Track::Part part = test::video_only(1, segment).video->parts().front();
  const media::SegmentTimeline& first = part.timeline;
  const std::int64_t ticks = first.duration_ticks(0);
  part.timeline = media::SegmentTimeline(first.timescale(), first.origin(), first.period_start());
  part.timeline.append({known * ticks, ticks, count});
  event.growth.of(TrackKind::video) = {.parts = {std::move(part)}, .joins = true};
  return event;
}

SessionOptions options() { return {.buffer_capacity = 6s, .resume_level = 2s, .live_delay = 4s}; }

/// Drives one session by hand.
class LiveSessionTest : public testing::Test {
 protected:
  void open(media::Tracks tracks) {
    tracks_ = std::move(tracks);
    session_.emplace(tracks_, validate(options(), tracks_).value(),
                     std::make_unique<test::OneRung>(0), std::make_unique<test::LastThroughput>());
  }
  void tell(const Event& event) {
    session_->handle(event);
    while (const auto request = session_->next_request()) {
      if (const auto* fetch = std::get_if<FetchSegment>(&*request)) fetch_ = *fetch;
      requests_.push_back(*request);
    }
  }
  void complete(Duration at) {
    tell(TransferCompleted{.at = Timestamp(at),
                           .transfer = fetch_->transfer,
                           .first_byte = Timestamp(at),
                           .size = 1000_bytes});
  }
  void fail_as_missing(Duration at) {
    tell(TransferFailed{.at = Timestamp(at),
                        .transfer = fetch_->transfer,
                        .kind = FailureKind::http_status,
                        .http_status = 404,
                        .received = {},
                        .retry_after = {}});
  }
  media::Tracks tracks_;
  std::optional<StreamingSession> session_;
  std::optional<FetchSegment> fetch_;
  std::vector<Request> requests_;
};

TEST_F(LiveSessionTest, AsksForASegmentOnceItIsThere) {
  open(live(2));
  tell(TimeReached{});
  complete(100ms);
  complete(200ms);
  ASSERT_EQ(fetch_->segment, 1);
  // All that is there has arrived, and that is not the end.
  EXPECT_EQ(session_->wake_at(), Timestamp(4s + 100ms + Duration(1)));
  tell(grew(1s, 2, 1, 10));
  EXPECT_EQ(fetch_->segment, 2);
  EXPECT_EQ(session_->buffer().stall_count(), 0);
}

TEST_F(LiveSessionTest, StallsAtTheEdgeAndGoesOn) {
  open(live(1));
  tell(TimeReached{});
  complete(0ms);
  tell(TimeReached{Timestamp(3s)});
  EXPECT_EQ(session_->buffer().state(), abr::PlaybackState::stalled);
  EXPECT_FALSE(session_->ended());
  tell(grew(4s, 1, 1, 10));
  complete(4500ms);
  EXPECT_EQ(session_->buffer().state(), abr::PlaybackState::playing);
  EXPECT_EQ(session_->buffer().stalled(), 2500ms);
}

TEST_F(LiveSessionTest, EndsWhereThePresentationDoes) {
  open(live(1));
  tell(TimeReached{});
  complete(0ms);
  PresentationGrew last = grew(1s, 1, 1, 10);
  last.growth.ended = true;
  tell(last);
  complete(1500ms);
  EXPECT_EQ(session_->wake_at(), Timestamp(4s));
  tell(TimeReached{Timestamp(4s)});
  EXPECT_EQ(session_->report().end, EndReason::played_out);
}

TEST_F(LiveSessionTest, AViewerWhoFellOutOfTheWindowJoinsAnew) {
  open(live(2));
  tell(TimeReached{});
  complete(0ms);
  complete(0ms);
  tell(ViewerPaused{Timestamp(1s)});
  tell(grew(30s, 2, 13, 5));
  // They paused: nothing changes before they go on.
  EXPECT_EQ(session_->buffer().position(), MediaTime(1s));
  tell(ViewerResumed{Timestamp(31s)});
  // The edge is at 31 s by then; the delay is 4 s.
  EXPECT_EQ(session_->buffer().position(), MediaTime(27s));
  EXPECT_EQ(fetch_->segment, 13);
}

TEST_F(LiveSessionTest, ASeekStaysInsideTheWindow) {
  open(live(2));
  tell(TimeReached{});
  complete(0ms);
  complete(0ms);
  tell(grew(1s, 2, 8, 5));
  tell(ViewerSought{.at = Timestamp(2s), .to = MediaTime(1h)});
  EXPECT_EQ(session_->buffer().position(), MediaTime(17s));
  tell(ViewerSought{.at = Timestamp(2s), .to = MediaTime{}});
  EXPECT_EQ(session_->buffer().position(), MediaTime(10s));
}

TEST_F(LiveSessionTest, ASegmentThatIsMissingIsLate) {
  open(live(1));
  tell(TimeReached{});
  fail_as_missing(100ms);
  tell(TimeReached{session_->wake_at()});
  EXPECT_EQ(fetch_->attempt, 2);
  EXPECT_EQ(fetch_->representation, 0U);
}

TEST_F(LiveSessionTest, WhatIsLateIsAskedForAtThePaceOfTheEdgeAndThenLeftOut) {
  open(live(4));
  tell(TimeReached{});
  complete(0ms);
  Duration now = 100ms;
  for (int tries = 1; fetch_->segment == 1; ++tries) {
    ASSERT_LE(tries, 6);
    ASSERT_EQ(fetch_->attempt, tries);
    fail_as_missing(now);
    if (fetch_->segment == 1) {
      now += segment / 4;
      tell(TimeReached{Timestamp(now)});
    }
  }
  EXPECT_EQ(fetch_->segment, 2) << "which is known, so the one before it will not come";
  EXPECT_EQ(session_->report().losses, 1);
  complete(now);
  EXPECT_GE(session_->buffer().position(), MediaTime(4s));
  EXPECT_EQ(session_->buffer().state(), abr::PlaybackState::playing);
}

/// Segments of sound and pictures that come in chunks; the edge is told at 2.5 s.
class ChunkedSessionTest : public LiveSessionTest {
 protected:
  void join() {
    tracks_ = live(2);
    tracks_.audio = tracks_.video;
    SessionOptions wanted = options();
    wanted.resume_level = 1s;
    wanted.live_delay = 2500ms;
    wanted.live_chunks = true;
    session_.emplace(tracks_, validate(wanted, tracks_).value(), std::make_unique<test::OneRung>(1),
                     std::make_unique<test::LastThroughput>());
    PresentationGrew first = grew(0s, 2, 0, 20);
    first.live_edge = MediaTime(2500ms);
    tell(first);
    while (fetch_->segment == 0) complete(10ms);
  }
  [[nodiscard]] std::vector<FetchSegment> fetches() const {
    std::vector<FetchSegment> all;
    for (const Request& request : requests_)
      if (const auto* fetch = std::get_if<FetchSegment>(&request)) all.push_back(*fetch);
    return all;
  }
  void media(Duration at, const FetchSegment& fetch, Duration media) {
    tell(MediaArrived{.at = Timestamp(at), .transfer = fetch.transfer, .media = media});
  }
};

TEST_F(ChunkedSessionTest, WhatGrowsIsAskedForAtOnceForBothTracksAndCountsAsItComes) {
  join();
  const auto asked = fetches();
  ASSERT_EQ(asked.size(), 4U);
  EXPECT_FALSE(asked[0].growing);
  EXPECT_TRUE(asked[2].growing);
  EXPECT_TRUE(asked[3].growing) << "while the other one runs";
  EXPECT_EQ(asked[2].segment, 1);
  EXPECT_EQ(session_->buffer().level(), 2s);
  media(20ms, asked[2], 500ms);
  EXPECT_EQ(session_->buffer().level(TrackKind::video), 2490ms);
  EXPECT_EQ(session_->buffer().level(TrackKind::audio), 1990ms);
  media(30ms, asked[3], 500ms);
  // More than a segment is long cannot come.
  media(1500ms, asked[2], 5s);
  EXPECT_EQ(session_->buffer().buffered_end(TrackKind::video), MediaTime(4s));
  media(1600ms, asked[3], 2s);
  EXPECT_EQ(session_->buffer().level(), 2410ms);
  EXPECT_EQ(session_->buffer().stall_count(), 0);
}

TEST_F(ChunkedSessionTest, JoinsWithinASegmentThatItHasNotBeenToldOfYet) {
  tracks_ = live(2);
  SessionOptions wanted = options();
  wanted.live_delay = 1s;
  wanted.resume_level = 500ms;
  wanted.live_chunks = true;
  session_.emplace(tracks_, validate(wanted, tracks_).value(), std::make_unique<test::OneRung>(1),
                   std::make_unique<test::LastThroughput>());
  tell(ViewerSought{.at = Timestamp(0s), .to = MediaTime(5s)});
  EXPECT_EQ(fetch_, std::nullopt);
  EXPECT_EQ(std::get<SeekPlayback>(requests_.front()).position, MediaTime(5s));
  PresentationGrew next = grew(10ms, 2, 1, 20);
  next.live_edge = MediaTime(6s);
  tell(next);
  ASSERT_TRUE(fetch_);
  EXPECT_EQ(fetch_->segment, 2);
}

TEST_F(ChunkedSessionTest, ASegmentThatGrowsMayTurnOutShorterOrLonger) {
  join();
  const FetchSegment video = fetches()[2];
  const FetchSegment audio = fetches()[3];
  media(20ms, video, 500ms);
  media(20ms, audio, 500ms);
  PresentationGrew shorter{.at = Timestamp(500ms), .growth = {}, .live_edge = MediaTime(3s)};
  shorter.growth.of(TrackKind::video).last_duration = Duration(1s).count();
  shorter.growth.of(TrackKind::audio).last_duration = Duration(3s).count();
  tell(shorter);
  media(600ms, video, 2s);
  EXPECT_EQ(session_->buffer().buffered_end(TrackKind::video), MediaTime(3s));
  media(700ms, audio, 3s);
  EXPECT_EQ(session_->buffer().buffered_end(TrackKind::audio), MediaTime(5s));
  tell(TransferCompleted{.at = Timestamp(800ms),
                         .transfer = video.transfer,
                         .first_byte = Timestamp(20ms),
                         .size = 1000_bytes});
  PresentationGrew next{.at = Timestamp(900ms), .growth = {}, .live_edge = MediaTime(3500ms)};
  media::Track::Part part = tracks_.video->parts().front();
  part.timeline = media::SegmentTimeline(part.timeline.timescale(), 0, MediaTime{});
  part.timeline.append({Duration(3s).count(), Duration(2s).count(), 1});
  next.growth.of(TrackKind::video) = {.parts = {part}, .joins = true};
  tell(next);
  EXPECT_EQ(fetches().back().segment, 2);
  EXPECT_TRUE(fetches().back().growing);
}

TEST_F(ChunkedSessionTest, ThePausesOfProductionSayNothingOfTheLink) {
  join();
  const FetchSegment video = fetches()[2];
  const FetchSegment audio = fetches()[3];
  media(20ms, video, 500ms);
  media(20ms, audio, 500ms);
  // Nothing for long: not silence yet, and no reason for a lower rung.
  tell(TransferProgressed{.at = Timestamp(2s),
                          .transfer = video.transfer,
                          .first_byte = Timestamp(20ms),
                          .received = 10'000_bytes,
                          .expected = std::nullopt});
  EXPECT_EQ(session_->report().failures, 0);
  EXPECT_EQ(session_->report().abandonments, 0);
  tell(TransferCompleted{.at = Timestamp(2010ms),
                         .transfer = video.transfer,
                         .first_byte = Timestamp(20ms),
                         .size = 100'000_bytes,
                         .idle = 1900ms});
  // Asked for at 10 ms: 100 kB in 100 ms.
  ASSERT_TRUE(session_->forecast());
  EXPECT_EQ(session_->forecast()->throughput, 100'000_bytes / 100ms);
}

TEST_F(ChunkedSessionTest, WhatIsGivenUpForAnotherSoundIsNotThere) {
  join();
  const FetchSegment video = fetches()[2];
  media(20ms, video, 500ms);
  ASSERT_EQ(session_->buffer().buffered_end(TrackKind::video), MediaTime(2500ms));
  requests_.clear();
  tell(ViewerChangedAudio{Timestamp(30ms), *session_->tracks().audio});
  EXPECT_EQ(std::get<CancelTransfer>(requests_.front()).transfer, video.transfer);
  EXPECT_EQ(session_->buffer().buffered_end(TrackKind::video), MediaTime(2s));
}

TEST_F(ChunkedSessionTest, WhatDoesNotComeWholeIsNotThere) {
  join();
  const FetchSegment video = fetches()[2];
  const FetchSegment audio = fetches()[3];
  media(20ms, video, 1s);
  media(20ms, audio, 1s);
  tell(TransferFailed{.at = Timestamp(1s),
                      .transfer = video.transfer,
                      .kind = FailureKind::truncated,
                      .received = 5000_bytes,
                      .retry_after = {}});
  EXPECT_EQ(session_->buffer().level(TrackKind::video), 1010ms);
  tell(TimeReached{session_->wake_at()});
  const FetchSegment again = fetches().back();
  EXPECT_EQ(again.segment, 1);
  EXPECT_EQ(again.attempt, 2);
  EXPECT_TRUE(again.growing);
  tell(TimeReached{Timestamp(2500ms)});
  EXPECT_EQ(session_->buffer().state(), abr::PlaybackState::stalled);
  media(2600ms, again, 2s);
  media(2600ms, audio, 2s);
  EXPECT_EQ(session_->buffer().state(), abr::PlaybackState::playing);
  EXPECT_EQ(session_->buffer().stall_count(), 1);
}

TEST_F(ChunkedSessionTest, ASegmentWhoseEndHasBeenProducedHasTheLinkToItself) {
  join();
  media(20ms, fetches()[2], 2s);
  media(20ms, fetches()[3], 2s);
  tell(grew(1500ms, 2, 0, 20));  // The edge, at 4 s.
  EXPECT_FALSE(fetches().front().growing);
  complete(1600ms);
  EXPECT_EQ(session_->next_fetch_at(), Timestamp::max());
}

/// The edge is told at 20 s, the viewer is at 0: so far behind they should be `target`.
class LatencyTest : public LiveSessionTest {
 protected:
  void join(Duration target, Duration max) {
    tracks_ = live(10);
    SessionOptions wanted = options();
    wanted.buffer_capacity = 30s;
    wanted.live_delay = target;
    wanted.live_delay_max = max;
    wanted.live_slowest = Speed::of_percent(95);
    wanted.live_fastest = Speed::of_percent(105);
    session_.emplace(tracks_, validate(wanted, tracks_).value(), std::make_unique<test::OneRung>(0),
                     std::make_unique<test::LastThroughput>());
    tell(grew(0s, 10, 0, 20));
  }
  /// Empty for none.
  std::optional<Speed> told() const {
    std::optional<Speed> speed;
    for (const Request& request : requests_)
      if (const auto* set = std::get_if<SetSpeed>(&request)) speed = set->speed;
    return speed;
  }
};

TEST_F(LatencyTest, CatchesUpOnceThereIsEnoughToPlayAndStopsAtTheTarget) {
  join(19'400ms, 0s);
  complete(0s);
  EXPECT_EQ(session_->buffer().state(), abr::PlaybackState::playing);
  EXPECT_EQ(told(), std::nullopt) << "2 s are not enough to hurry";
  for (int i = 0; i < 5; ++i) complete(0s);
  EXPECT_EQ(told(), Speed::of_percent(105));
  EXPECT_EQ(session_->wake_at(), Timestamp(250ms));
  // It closes 50 ms a second.
  std::vector<Duration> seen;
  for (Duration now = 250ms; now < 60s && told() != Speed();
       now = session_->wake_at() - Timestamp{}) {
    if (session_->buffer().level() < 12s) complete(now);
    tell(TimeReached{Timestamp(now)});
    seen.push_back(*session_->latency());
  }
  EXPECT_TRUE(std::ranges::is_sorted(seen, std::greater<>()));
  EXPECT_EQ(told(), Speed());
  EXPECT_NEAR(to_seconds(seen.back()), 19.4, 0.13);
}

TEST_F(LatencyTest, SlowsDownWhereTheViewerIsTooNear) {
  join(21s, 0s);
  complete(0s);
  EXPECT_EQ(told(), Speed::of_percent(95));
}

TEST_F(LatencyTest, GoesOnAtTheTargetWhereItIsTooFarAway) {
  join(6s, 15s);
  complete(0s);
  EXPECT_EQ(session_->buffer().position(), MediaTime(14s));
  EXPECT_EQ(fetch_->segment, 7);
  EXPECT_EQ(session_->latency(), 6s);
}

TEST_F(LatencyTest, LeavesAloneWhoHasGoneBackOrPaused) {
  join(6s, 15s);
  tell(ViewerSought{.at = Timestamp(0s), .to = MediaTime(2s)});
  complete(0s);
  EXPECT_EQ(session_->buffer().position(), MediaTime(2s));
  EXPECT_EQ(told(), std::nullopt);
  // Back at the edge it is held again.
  tell(ViewerSought{.at = Timestamp(0s), .to = MediaTime(1h)});
  complete(0s);
  complete(0s);
  complete(0s);
  tell(ViewerPaused{Timestamp(1s)});
  tell(ViewerResumed{Timestamp(4s)});
  EXPECT_EQ(told(), std::nullopt);
  EXPECT_EQ(session_->latency(), 9s);
}

TEST(LiveSessionLog, ReplaysWithWhatWasAddedMeanwhile) {
  const SessionSetup setup{.title = "live",
                           .policy = "fixed:0",
                           .estimator = "last",
                           .options = options(),
                           .tracks = live(1)};
  PresentationGrew second = grew(4s, 3, 2, 4);
  second.growth.of(TrackKind::video).parts.front().timeline.cut_end(MediaTime(9500ms));
  second.growth.ended = true;
  PresentationGrew longer{.at = Timestamp(1150ms), .growth = {}, .live_edge = MediaTime(4s)};
  longer.growth.of(TrackKind::video).last_duration = Duration(1500ms).count();
  const auto done = [](Duration at, std::uint64_t id) {
    return TransferCompleted{.at = Timestamp(at),
                             .transfer = TransferId(id),
                             .first_byte = Timestamp(at),
                             .size = 1000_bytes};
  };
  std::string text;
  SessionLog log(setup, 0,
                 {.line = [&](std::string_view line) { text.append(line) += '\n'; },
                  .url = nullptr,
                  .output = nullptr});
  test::ScriptedEnvironment script({TimeReached{}, done(100ms, 1), grew(1s, 1, 2, 4),
                                    done(1100ms, 2), longer, done(1200ms, 3), second,
                                    done(4100ms, 4), done(4200ms, 5)});
  StreamingSession session(setup.tracks, setup.options, std::make_unique<test::OneRung>(0),
                           std::make_unique<test::LastThroughput>());
  RecordingEnvironment recording(script, session, log);
  run(session, recording);
  ASSERT_EQ(session.report().end, EndReason::played_out);
  EXPECT_EQ(session.report().played, 9500ms);

  const auto parsed = parse_session_log(text, "log");
  ASSERT_TRUE(parsed) << to_string(parsed.error());
  EXPECT_EQ(parsed->setup, setup);
  StreamingSession again(parsed->setup.tracks, parsed->setup.options,
                         std::make_unique<test::OneRung>(0),
                         std::make_unique<test::LastThroughput>());
  ReplayEnvironment replay(*parsed);
  run(again, replay);
  EXPECT_FALSE(replay.divergence());
  EXPECT_EQ(again.report(), session.report());

  // What does not fit to what was there is refused, with its line.
  std::string wrong = text;
  wrong.replace(wrong.find("\"video_joins\":true"), 18, "\"video_joins\":null");
  EXPECT_FALSE(parse_session_log(wrong, "log"));
}

}  // namespace
}  // namespace rung::session
