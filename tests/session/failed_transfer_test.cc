#include "session/streaming_session.h"

#include <gtest/gtest.h>

#include <optional>

#include "tests/session/driven_session.h"
#include "tests/support/titles.h"

// What becomes of transfers that fail or fall silent.

namespace rung::session {
namespace {

using namespace std::chrono_literals;
using abr::PlaybackState;
using media::TrackKind;

class FailedTransferTest : public DrivenSession {};

TEST_F(FailedTransferTest, RepeatsAFailureThatMayPassWithGrowingWaits) {
  SessionOptions options;
  options.max_attempts = 4;
  open(test::video_only(10), options);
  complete_last(1s);
  Duration now = 2s;
  Duration least = 250ms;
  for (int failed = 1; failed < options.max_attempts; ++failed) {
    fail_last(now, FailureKind::connection);
    ASSERT_FALSE(session_->ended());
    const Duration wait = std::min(session_->wake_at(), at(1h)) - at(now);
    if (session_->buffer().state() == PlaybackState::stalled) {
      EXPECT_GE(wait, least);
      EXPECT_LE(wait, 2 * least);
    }
    now += 2 * least;
    tell(TimeReached{at(now)});
    EXPECT_EQ(last_fetch_->attempt, failed + 1);
    // The first repetition keeps the representation, the later ones go down.
    EXPECT_EQ(last_fetch_->representation, failed == 1 ? 2U : 3U - static_cast<unsigned>(failed));
    least *= 2;
  }
  fail_last(now, FailureKind::connection);
  EXPECT_TRUE(session_->ended());
  EXPECT_EQ(session_->report().end, EndReason::network_failure);
}

TEST_F(FailedTransferTest, TakesAnotherRepresentationAtOnceWhereOneIsMissing) {
  open(test::video_only(10));
  complete_last(1s);
  fail_last(2s, FailureKind::http_status, 404);
  EXPECT_EQ(last_fetch_->representation, 1U);
  EXPECT_EQ(last_fetch_->reason, abr::Reason::retry_lower);
  fail_last(2s, FailureKind::incomplete);
  fail_last(2s, FailureKind::http_status, 404);
  EXPECT_EQ(last_fetch_->representation, 1U + 2U);  // Nothing below is left.
  complete_last(3s);
  EXPECT_EQ(last_fetch_->representation, 2U);  // The next segment has a clean slate.
  EXPECT_EQ(session_->report().fallbacks, 3);
}

TEST_F(FailedTransferTest, StaysWhereItIsWhenAConnectionFailsAndAllBelowIsMissing) {
  open(test::video_only(10));
  fail_last(1s, FailureKind::incomplete);
  EXPECT_EQ(last_fetch_->representation, 1U);
  fail_last(1s, FailureKind::http_status, 404);
  ASSERT_EQ(last_fetch_->representation, 2U);
  fail_last(1s, FailureKind::connection);
  ASSERT_FALSE(session_->ended());
  tell(TimeReached{at(10s)});
  EXPECT_EQ(last_fetch_->representation, 2U);
  EXPECT_EQ(last_fetch_->attempt, 4);
}

TEST_F(FailedTransferTest, AsksForACutSegmentAgainWhereThereIsNoOther) {
  open(test::video_and_audio(10));
  complete_last(1s);
  ASSERT_EQ(last_fetch_->track, TrackKind::audio);
  fail_last(1s, FailureKind::incomplete);
  ASSERT_FALSE(session_->ended());
  tell(TimeReached{at(10s)});
  EXPECT_EQ(last_fetch_->track, TrackKind::audio);
  EXPECT_EQ(last_fetch_->attempt, 2);
}

TEST_F(FailedTransferTest, ObeysRetryAfterUpToItsBound) {
  open(test::video_only(10));
  fail_last(1s, FailureKind::http_status, 503, 3s);
  EXPECT_EQ(session_->wake_at(), at(4s));
  tell(TimeReached{at(4s)});
  fail_last(4s, FailureKind::http_status, 503, 24h);
  EXPECT_EQ(session_->wake_at(), at(34s));
}

TEST_F(FailedTransferTest, CancelsATransferFromWhichNothingComesSoonerAtTheFirstTry) {
  open(test::video_only(10));
  silent_until(2900ms);
  EXPECT_EQ(count<CancelTransfer>(), 0);
  silent_until(3s);
  EXPECT_EQ(count<CancelTransfer>(), 1);
  EXPECT_EQ(session_->report().failures, 1);
  tell(TimeReached{at(4s)});
  ASSERT_EQ(last_fetch_->attempt, 2);
  silent_until(13900ms);
  EXPECT_EQ(count<CancelTransfer>(), 1);
  silent_until(14s);
  EXPECT_EQ(count<CancelTransfer>(), 2);
}

TEST_F(FailedTransferTest, LetsASilentTransferUseHalfOfALongBuffer) {
  open(test::video_only(10));
  for (int i = 1; i <= 4; ++i) complete_last(i * 100ms);  // Level 15.7 s.
  silent_until(8s);
  EXPECT_EQ(count<CancelTransfer>(), 0);
  silent_until(8300ms);
  EXPECT_EQ(count<CancelTransfer>(), 1);
}

TEST_F(FailedTransferTest, ShowsWhatIsThereBeforeItEndsForWantOfASegment) {
  open(test::video_only(2));
  complete_last(1s);
  for (RepresentationIndex rung = 0; rung < 6; ++rung) {
    ASSERT_FALSE(session_->ended());
    fail_last(2s, FailureKind::http_status, 404);
  }
  ASSERT_FALSE(session_->ended());
  EXPECT_EQ(session_->wake_at(), at(5s));
  tell(TimeReached{at(5s)});
  EXPECT_EQ(session_->report().end, EndReason::network_failure);
  EXPECT_EQ(session_->report().played, 4s);
  EXPECT_EQ(session_->report().stall_count, 0);
}

TEST_F(FailedTransferTest, EndsForWantOfASegmentWhereNothingOfTheBufferCanBeShown) {
  open(test::video_only(3));
  complete_last(1s);
  complete_last(2s);
  for (RepresentationIndex rung = 0; rung < 6; ++rung) fail_last(2s, FailureKind::http_status, 404);
  Duration when = 2s;
  const auto observe = [&](Duration position) {
    tell(PlayheadObserved{at(when += 100ms), MediaTime(position)});
  };
  // While it moves it may take its time, and a viewer who pauses may stay.
  for (int i = 0; i < 99; ++i) observe(10ms);
  observe(20ms);
  for (int i = 0; i < 99; ++i) observe(20ms);
  tell(ViewerPaused{at(when)});
  for (int i = 0; i < 200; ++i) observe(20ms);
  tell(ViewerResumed{at(when)});
  for (int i = 0; i < 99; ++i) observe(20ms);
  ASSERT_FALSE(session_->ended());
  observe(20ms);
  ASSERT_TRUE(session_->ended());
  EXPECT_EQ(session_->report().end, EndReason::network_failure);
}

TEST_F(FailedTransferTest, ASeekAwayFromAMissingSegmentGoesOn) {
  open(test::video_only(10));
  complete_last(1s);
  lose_segments(4, 2s);
  EXPECT_EQ(session_->wake_at(), at(5s));
  tell(ViewerSought{.at = at(3s), .to = MediaTime(20s)});
  EXPECT_EQ(last_fetch_->segment, 5);
  complete_last(4s);
  tell(TimeReached{at(6s)});
  EXPECT_FALSE(session_->ended());
}

TEST_F(FailedTransferTest, GoesOnBehindASegmentThatCannotBeHad) {
  open(test::video_and_audio(10));
  complete_last(1s);
  complete_last(1s);
  ASSERT_EQ(last_fetch_->track, TrackKind::audio);
  ASSERT_EQ(last_fetch_->segment, 1);
  lose_segments(1, 2s);
  EXPECT_EQ(session_->report().losses, 1);
  EXPECT_EQ(count<SeekPlayback>(), 0) << "what is there is shown first";
  while (session_->buffer().level() < 10s) complete_last(2s);
  EXPECT_EQ(session_->wake_at(), at(5s)) << "when what is there has been shown";
  tell(TimeReached{at(5s)});
  EXPECT_EQ(last_seek(),
            (SeekPlayback{.position = MediaTime(8s), .keep_media = true, .left_out = 4s}));
  EXPECT_EQ(session_->buffer().state(), PlaybackState::playing);
  EXPECT_EQ(count<StartPlayback>(), 2);
  tell(TimeReached{at(6s)});
  EXPECT_EQ(session_->buffer().position(), MediaTime(9s));
  EXPECT_EQ(session_->report().stall_count, 0);
  EXPECT_EQ(count<SeekPlayback>(), 1);
}

TEST_F(FailedTransferTest, GoesPastAFirstSegmentThatCannotBeHad) {
  open(test::video_only(10));
  lose_segments(1, 1s);
  EXPECT_EQ(last_seek(),
            (SeekPlayback{.position = MediaTime(4s), .keep_media = true, .left_out = 4s}));
  EXPECT_EQ(last_fetch_->segment, 1);
  complete_last(2s);
  EXPECT_EQ(session_->buffer().state(), PlaybackState::playing);
  EXPECT_EQ(session_->buffer().position(), MediaTime(4s));
}

TEST_F(FailedTransferTest, ARepresentationOfWhichNothingComesIsNoLongerChosen) {
  open(test::video_only(10));
  complete_last(500ms);
  for (const Duration now : {1s, 2s}) {
    ASSERT_EQ(last_fetch_->representation, 2U);
    fail_last(now, FailureKind::http_status, 404);
    ASSERT_EQ(last_fetch_->representation, 1U);
    complete_last(now);
  }
  EXPECT_EQ(last_fetch_->segment, 3);
  EXPECT_EQ(last_fetch_->representation, 1U);
  script_.next.representation = 1;
  fail_last(3s, FailureKind::http_status, 404);
  complete_last(3s);
  EXPECT_EQ(last_fetch_->representation, 1U) << "something has come of it";
}

TEST_F(FailedTransferTest, GoesStraightOnBehindTimeInWhichThereIsNothing) {
  media::Track::Part before = test::video_only(2).video->parts().front();
  media::Track::Part behind = before;
  behind.timeline =
      media::SegmentTimeline(before.timeline.timescale(), before.timeline.origin(), MediaTime(20s));
  const std::int64_t ticks = before.timeline.duration_ticks(0);
  behind.timeline.append({before.timeline.start_ticks(0), ticks, 2});
  media::Tracks tracks;
  tracks.video = media::Track::create({before, behind}).value();
  open(tracks);
  complete_last(1s);
  complete_last(1s);
  EXPECT_EQ(last_fetch_->segment, 2);
  complete_last(2s);
  tell(TimeReached{at(9s)});
  EXPECT_EQ(last_seek(),
            (SeekPlayback{.position = MediaTime(20s), .keep_media = true, .left_out = 12s}));
  EXPECT_EQ(session_->buffer().state(), PlaybackState::playing);
  EXPECT_EQ(session_->report().losses, 0);
  tell(ViewerSought{.at = at(10s), .to = MediaTime(15s)});
  EXPECT_EQ(session_->buffer().position(), MediaTime(20s));
}

TEST_F(FailedTransferTest, EndsWhereTooMuchInARowCannotBeHad) {
  open(test::video_only(10));
  complete_last(1s);
  lose_segments(3, 2s);
  EXPECT_EQ(last_fetch_->segment, 4);
  lose_segments(1, 2s);
  EXPECT_EQ(session_->report().losses, 3);
  tell(TimeReached{at(5s)});
  EXPECT_EQ(session_->report().end, EndReason::network_failure);
  EXPECT_EQ(session_->buffer().position(), MediaTime(4s)) << "and not behind what was lost";
  EXPECT_EQ(count<SeekPlayback>(), 0);
}

TEST_F(FailedTransferTest, ASecondHoleIsAskedForOnceMoreWhenTheFirstIsCrossed) {
  open(test::video_only(10));
  complete_last(1s);
  lose_segments(1, 2s);
  complete_last(2s);
  lose_segments(1, 2s);
  EXPECT_EQ(session_->report().losses, 1);
  EXPECT_EQ(last_fetch_->segment, 3);
  EXPECT_FALSE(session_->ended());
  const TransferId before = last_fetch_->transfer;
  tell(TimeReached{at(5s)});
  EXPECT_EQ(count<SeekPlayback>(), 1);
  ASSERT_NE(last_fetch_->transfer, before);
  EXPECT_EQ(last_fetch_->segment, 3);
  complete_last(6s);
  EXPECT_EQ(last_fetch_->segment, 4);
  EXPECT_EQ(session_->report().losses, 1);
}

TEST_F(FailedTransferTest, ASeekBackAcrossWhatWasLeftOutAsksForItAnew) {
  open(test::video_only(10));
  complete_last(1s);
  lose_segments(1, 2s);
  complete_last(2s);
  tell(ViewerSought{.at = at(3s), .to = MediaTime(5s)});
  EXPECT_EQ(last_seek(), (SeekPlayback{.position = MediaTime(8s), .keep_media = true}));
  tell(ViewerSought{.at = at(4s), .to = MediaTime(1s), .held_from = MediaTime(0s)});
  EXPECT_FALSE(last_seek().keep_media);
  EXPECT_EQ(last_fetch_->segment, 0);
  complete_last(5s);
  EXPECT_EQ(last_fetch_->segment, 1);
}

TEST_F(FailedTransferTest, ASeekBackAsksAnewAlsoWhereAnotherHoleLiesAhead) {
  open(test::video_only(10));
  complete_last(1s);
  lose_segments(1, 2s);
  complete_last(2s);
  complete_last(2s);
  tell(TimeReached{at(5s)});
  ASSERT_EQ(session_->buffer().position(), MediaTime(8s));
  lose_segments(1, 6s);
  ASSERT_EQ(session_->report().losses, 2);
  tell(ViewerSought{.at = at(7s), .to = MediaTime(1s), .held_from = MediaTime(0s)});
  EXPECT_FALSE(last_seek().keep_media);
  EXPECT_EQ(last_fetch_->segment, 0);
}

TEST_F(FailedTransferTest, EndsWhereSoundIsMissingInFrontOfAHoleOfThePictures) {
  open(test::video_and_audio(10));
  const auto complete_up_to = [&](TrackKind track, SegmentNumber segment, Duration when) {
    for (int i = 0; i < 10 && (last_fetch_->track != track || last_fetch_->segment != segment); ++i)
      complete_last(when);
  };
  complete_up_to(TrackKind::video, 3, 1s);
  lose_segments(1, 2s);
  ASSERT_EQ(session_->report().losses, 1);
  tell(ViewerChangedAudio{.at = at(2100ms), .track = *tracks_.audio});
  complete_up_to(TrackKind::audio, 1, 2200ms);
  lose_segments(1, 2300ms);
  ASSERT_EQ(session_->report().losses, 1) << "another hole lies ahead";
  for (int i = 0; i < 100 && !session_->ended() && session_->wake_at() < at(1h); ++i)
    tell(TimeReached{session_->wake_at()});
  EXPECT_EQ(session_->report().end, EndReason::network_failure);
}

TEST_F(FailedTransferTest, DoesNotGiveATransferUpForOneThatIsMissing) {
  open(test::video_only(10));
  complete_last(1s);
  const auto ask_to_abandon = [&](Duration when, RepresentationIndex to) {
    script_.abandon_to = to;
    tell(TransferProgressed{.at = at(when),
                            .transfer = last_fetch_->transfer,
                            .first_byte = at(2s),
                            .received = 50'000_bytes,
                            .expected = std::nullopt});
  };
  for (RepresentationIndex rung = 0; rung < 3; ++rung)  // 2, 1 and 0: on to 3.
    fail_last(2s, FailureKind::http_status, 404);
  ASSERT_EQ(last_fetch_->representation, 3U);
  ask_to_abandon(2500ms, 2);
  EXPECT_EQ(last_fetch_->representation, 3U);
  EXPECT_EQ(count<CancelTransfer>(), 0);
}

TEST_F(FailedTransferTest, CountsSilenceFromTheLastByteOn) {
  open(test::video_only(10), {});
  const auto still_at = [&](Duration when) {
    tell(TransferProgressed{.at = at(when),
                            .transfer = last_fetch_->transfer,
                            .first_byte = at(500ms),
                            .received = 50'000_bytes,
                            .expected = std::nullopt,
                            .last_byte = at(600ms)});
  };
  still_at(3500ms);  // The first that is heard of it: silent for 2.9 s.
  EXPECT_EQ(count<CancelTransfer>(), 0);
  still_at(3600ms);
  EXPECT_EQ(count<CancelTransfer>(), 1);
}

TEST_F(FailedTransferTest, TakesATrickleForSilence) {
  open(test::video_only(10), {});
  std::int64_t bytes = 0;
  for (Duration now = 1s; count<CancelTransfer>() == 0 && now < 60s; now += 500ms)
    tell(TransferProgressed{.at = at(now),
                            .transfer = last_fetch_->transfer,
                            .first_byte = at(500ms),
                            .received = ByteCount(++bytes),
                            .expected = std::nullopt});
  EXPECT_EQ(bytes, 5);
}

TEST_F(FailedTransferTest, CancelsATransferThatCrawlsBeyondItsBound) {
  SessionOptions options;
  options.transfer_timeout = 20s;
  open(test::video_only(10), options);
  std::int64_t bytes = 0;
  for (Duration now = 1s; count<CancelTransfer>() == 0 && now < 60s; now += 1s)
    tell(TransferProgressed{.at = at(now),
                            .transfer = last_fetch_->transfer,
                            .first_byte = at(500ms),
                            .received = ByteCount(bytes += 100),
                            .expected = std::nullopt});
  EXPECT_EQ(bytes, 2000);
}

TEST_F(FailedTransferTest, TreatsASegmentWithoutABodyAsAFailure) {
  open(test::video_only(10));
  complete_last(1s, 0_bytes);
  EXPECT_EQ(session_->report().segments, 0);
  EXPECT_EQ(session_->report().failures, 1);
}

}  // namespace
}  // namespace rung::session
