#include "session/streaming_session.h"

#include <gtest/gtest.h>

#include <optional>

#include "tests/session/driven_session.h"
#include "tests/support/titles.h"

namespace rung::session {
namespace {

using namespace std::chrono_literals;
using abr::PlaybackState;
using media::TrackKind;

class StreamingSessionTest : public DrivenSession {};

TEST_F(StreamingSessionTest, BeginsWithTheLowestWhenNothingIsKnownOfTheLink) {
  open(test::video_only(10));
  ASSERT_TRUE(last_fetch_);
  EXPECT_EQ(last_fetch_->segment, 0);
  EXPECT_EQ(last_fetch_->representation, 0U);
  EXPECT_EQ(last_fetch_->reason, abr::Reason::startup_unknown);
}

TEST_F(StreamingSessionTest, RunsDryAtAnySpeed) {
  open(test::video_only(10));
  complete_last(1s);
  tell(ViewerChangedSpeed{.at = at(1001ms), .speed = Speed::of_percent(95)});
  for (int wakes = 0; session_->buffer().state() == PlaybackState::playing; ++wakes) {
    ASSERT_LT(wakes, 20);
    tell(TimeReached{session_->wake_at()});
  }
  EXPECT_EQ(session_->buffer().state(), PlaybackState::stalled);
}

TEST_F(StreamingSessionTest, DoesNotSecondGuessAFixedPolicyAtTheStart) {
  script_.next = {.representation = 5, .reason = abr::Reason::fixed};
  open(test::video_only(10));
  EXPECT_EQ(last_fetch_->representation, 5U);
}

TEST_F(StreamingSessionTest, ShowsThePictureWhenBothTracksHaveTheirFirstSegment) {
  open(test::video_and_audio(10));
  EXPECT_EQ(last_fetch_->track, TrackKind::video);
  complete_last(1s);
  EXPECT_EQ(count<StartPlayback>(), 0);
  EXPECT_EQ(last_fetch_->track, TrackKind::audio);
  complete_last(1500ms);
  EXPECT_EQ(count<StartPlayback>(), 1);
  EXPECT_EQ(session_->buffer().state(), PlaybackState::playing);
  EXPECT_EQ(session_->report().startup_delay, 1500ms);
}

TEST_F(StreamingSessionTest, RunsOneTransferAtATime) {
  open(test::video_and_audio(10));
  for (int i = 1; i <= 8; ++i) {
    EXPECT_EQ(count<FetchSegment>(), i);
    complete_last(i * 100ms);
  }
}

TEST_F(StreamingSessionTest, AsksForSoundFirstOnceThereIsAPicture) {
  for (const Duration sound : {4000ms, 4020ms}) {
    media::Tracks tracks = test::video_and_audio(10);
    tracks.audio = test::uniform_track(10, sound, {64, 128});
    open(tracks);
    EXPECT_EQ(last_fetch_->track, TrackKind::video);
    complete_last(100ms);
    EXPECT_EQ(last_fetch_->track, TrackKind::audio);
    complete_last(200ms);
    for (const SegmentNumber segment : {1, 2}) {
      EXPECT_EQ(last_fetch_->track, TrackKind::audio);
      EXPECT_EQ(last_fetch_->segment, segment);
      complete_last(segment * 1s);
      EXPECT_EQ(last_fetch_->track, TrackKind::video);
      EXPECT_EQ(last_fetch_->segment, segment);
      complete_last(segment * 1s + 100ms);
    }
    tell(ViewerSought{.at = at(3s), .to = MediaTime(33s)});
    EXPECT_EQ(last_fetch_->track, TrackKind::video);
    EXPECT_EQ(last_fetch_->segment, 8);
  }
}

TEST_F(StreamingSessionTest, WaitsForRoomInTheBufferAndWakesWhenThereIs) {
  SessionOptions options;
  options.buffer_capacity = 12s;
  open(test::video_only(10), options);
  complete_last(1s);
  complete_last(2s);
  complete_last(3s);  // Level 10 s; the next 4 s fit when it has fallen to 8 s.
  EXPECT_EQ(count<FetchSegment>(), 3);
  EXPECT_EQ(session_->wake_at(), at(5s));
  tell(TimeReached{at(5s)});
  EXPECT_EQ(count<FetchSegment>(), 4);
}

TEST_F(StreamingSessionTest, WaitsInQuantaUntilTheLevelIsWithinTheCapacity) {
  open(test::video_only(10), {.buffer_capacity = 6s,
                              .capacity_rule = CapacityRule::level,
                              .wait_quantum = 500ms,
                              .resume_level = 1ms});
  complete_last(1s);
  EXPECT_EQ(last_fetch_->segment, 1);  // 4 s are there: one more may lift the level above 6 s.
  complete_last(1100ms);
  EXPECT_EQ(count<FetchSegment>(), 2);
  EXPECT_EQ(session_->wake_at(), at(3100ms));  // 1.9 s of the 7.9 s too much, in halves of seconds.
  tell(TimeReached{at(3100ms)});
  EXPECT_EQ(last_fetch_->segment, 2);
}

TEST_F(StreamingSessionTest, LetsThePolicyChooseTheFirstSegmentWhereItMay) {
  open(test::video_only(10), {.policy_starts = true});
  EXPECT_EQ(last_fetch_->representation, 2U);
}

TEST_F(StreamingSessionTest, ChoosesAnewBehindAnAbandonmentWhereThatIsTheRule) {
  open(test::video_only(10), {.policy_starts = true, .choose_after_abandonment = true});
  script_.abandon_to = 0;
  script_.next.representation = 1;
  tell(TransferProgressed{.at = at(1s),
                          .transfer = last_fetch_->transfer,
                          .first_byte = at(500ms),
                          .received = 10_bytes,
                          .expected = 100'000_bytes});
  EXPECT_EQ(count<CancelTransfer>(), 1);
  EXPECT_EQ(last_fetch_->segment, 0);
  EXPECT_EQ(last_fetch_->representation, 1U);
  EXPECT_EQ(script_.asked, 2);
}

TEST_F(StreamingSessionTest, FetchesASegmentOfTheBufferOnceMoreWhereThePolicySaysSo) {
  script_.next.representation = 1;
  open(test::video_only(20), {.policy_starts = true});
  complete_last(1s);
  complete_last(2s);
  script_.next = {.representation = 3, .reason = abr::Reason::buffer, .replaces = 2};
  complete_last(3s);  // Segment 2 is there; it is fetched again before segment 3.
  EXPECT_EQ(last_fetch_->segment, 2);
  EXPECT_EQ(last_fetch_->representation, 3U);
  script_.next = {.representation = 2, .reason = abr::Reason::buffer};
  const Duration level = session_->buffer().level();
  complete_last(4s);
  EXPECT_EQ(session_->buffer().level(), level - 1s);
  EXPECT_EQ(last_fetch_->segment, 3);
  EXPECT_EQ(session_->report().segments, 3);
  EXPECT_DOUBLE_EQ(session_->report().mean_kbps, (750 + 750 + 1850) / 3.0);
}

TEST_F(StreamingSessionTest, GivesAReplacementUpOrLosesItWithoutHarm) {
  script_.next.representation = 1;
  open(test::video_only(20), {.policy_starts = true});
  complete_last(1s);
  complete_last(2s);
  script_.next = {.representation = 3, .reason = abr::Reason::buffer, .replaces = 2};
  complete_last(3s);
  script_.abandon_to = 2;
  script_.next = {.representation = 3, .reason = abr::Reason::buffer};
  tell(TransferProgressed{.at = at(4s),
                          .transfer = last_fetch_->transfer,
                          .first_byte = at(3500ms),
                          .received = 10_bytes,
                          .expected = 100'000_bytes});
  EXPECT_EQ(last_fetch_->segment, 3);  // Chosen anew, not what was given up for.
  EXPECT_EQ(last_fetch_->representation, 3U);
  script_.next = {.representation = 4, .reason = abr::Reason::buffer, .replaces = 3};
  complete_last(5s);
  EXPECT_EQ(last_fetch_->segment, 3);
  script_.next = {.representation = 2, .reason = abr::Reason::buffer};
  fail_last(6s, FailureKind::connection);
  const Timestamp wake = session_->wake_at();
  EXPECT_GT(wake, at(6s));
  tell(TimeReached{wake});
  EXPECT_EQ(last_fetch_->segment, 4);
  EXPECT_EQ(session_->report().segments, 4);
}

TEST_F(StreamingSessionTest, ASegmentThatIsShownAlreadyIsNotReplaced) {
  script_.next.representation = 1;
  open(test::video_only(20), {.policy_starts = true});
  complete_last(1s);
  script_.next = {.representation = 3, .reason = abr::Reason::buffer, .replaces = 1};
  complete_last(2s);
  script_.next = {.representation = 2, .reason = abr::Reason::buffer};
  complete_last(6s);  // It is shown from 5 s on.
  EXPECT_DOUBLE_EQ(session_->report().mean_kbps, 750);
  EXPECT_EQ(last_fetch_->segment, 2);
}

TEST_F(StreamingSessionTest, GoesElsewhereOnceThePlaceIsFetchedWhereThatIsTheRule) {
  open(test::video_only(20),
       {.seek = SessionOptions::Seek{.fetched = MediaTime(8s), .to = MediaTime(41s)}});
  complete_last(1s);
  EXPECT_EQ(last_fetch_->segment, 1);
  EXPECT_EQ(script_.seeks, 0);
  complete_last(2s);
  EXPECT_EQ(script_.seeks, 1);
  EXPECT_EQ(last_seek(), (SeekPlayback{.position = MediaTime(41s), .keep_media = false}));
  EXPECT_EQ(last_fetch_->segment, 10);
  complete_last(3s);
  EXPECT_EQ(script_.seeks, 1);
  EXPECT_EQ(session_->report().seeking, 1s);
}

TEST_F(StreamingSessionTest, LeavesTheFirstSegmentOutOfTheQoeWhereThatIsTheRule) {
  script_.next = {.representation = 1, .reason = abr::Reason::fixed};
  open(test::video_only(2), {.qoe = {.startup_penalty = 0}, .first_segment_counts = false});
  complete_last(1s);
  complete_last(2s);
  EXPECT_DOUBLE_EQ(session_->report().qoe_sum, 0.75);
  EXPECT_DOUBLE_EQ(session_->report().qoe_per_segment, 0.75);
}

TEST_F(StreamingSessionTest, HonoursTheWaitOfAPolicyButNotBeyondTheBuffer) {
  open(test::video_only(10));
  script_.next.not_before = at(3s);
  complete_last(1s);
  EXPECT_EQ(session_->wake_at(), at(3s));
  tell(TimeReached{at(3s)});
  EXPECT_EQ(count<FetchSegment>(), 2);
  EXPECT_EQ(script_.asked, 2);  // Once a segment: a wait does not ask again.
  script_.next.not_before = at(1h);
  complete_last(4s);  // Level 5 s.
  EXPECT_EQ(session_->wake_at(), at(9s));
}

TEST_F(StreamingSessionTest, HoldsThePictureWhenDryAndGoesOnAtTheResumeLevel) {
  SessionOptions options;
  options.resume_level = 5s;
  open(test::video_only(10), options);
  complete_last(1s);
  EXPECT_EQ(session_->wake_at(), at(5s + 1ns));
  tell(TimeReached{at(5s + 1ns)});
  EXPECT_EQ(session_->buffer().state(), PlaybackState::stalled);
  EXPECT_EQ(count<HoldPlayback>(), 1);
  complete_last(6s);  // 4 s are less than the resume level.
  EXPECT_EQ(session_->buffer().state(), PlaybackState::stalled);
  complete_last(7s);
  EXPECT_EQ(session_->buffer().state(), PlaybackState::playing);
  EXPECT_EQ(count<StartPlayback>(), 2);
  EXPECT_EQ(session_->report().stalled, 2s);
  EXPECT_EQ(session_->report().stall_count, 1);
}

TEST_F(StreamingSessionTest, GivesATransferUpForALowerRepresentation) {
  open(test::video_only(10));
  complete_last(1s);
  const TransferId running = last_fetch_->transfer;
  script_.abandon_to = 1;
  tell(TransferProgressed{.at = at(2s),
                          .transfer = running,
                          .first_byte = at(1100ms),
                          .received = 50'000_bytes,
                          .expected = std::nullopt});
  EXPECT_EQ(count<CancelTransfer>(), 1);
  EXPECT_EQ(last_fetch_->segment, 1);
  EXPECT_EQ(last_fetch_->representation, 1U);
  EXPECT_EQ(last_fetch_->reason, abr::Reason::abandoned);
  EXPECT_EQ(session_->report().abandonments, 1);
  EXPECT_EQ(session_->report().discarded, 50'000_bytes);
  // What still arrives of the old transfer is no longer a fact of this session.
  tell(TransferCompleted{.at = at(3s), .transfer = running, .first_byte = at(2s), .size = 1_bytes});
  EXPECT_EQ(session_->report().segments, 1);
}

TEST_F(StreamingSessionTest, SeeksToASegmentAndBeginsThereAnew) {
  open(test::video_and_audio(10));
  complete_last(1s);
  complete_last(2s);
  const int fetched = count<FetchSegment>();
  tell(ViewerSought{.at = at(3s), .to = MediaTime(21s)});
  EXPECT_EQ(count<CancelTransfer>(), 1);
  ASSERT_EQ(count<SeekPlayback>(), 1);
  EXPECT_FALSE(last_seek().keep_media);
  EXPECT_EQ(count<FetchSegment>(), fetched + 1);
  EXPECT_EQ(last_fetch_->segment, 5);
  EXPECT_EQ(script_.seeks, 1);
  complete_last(3500ms);
  complete_last(4s);
  ASSERT_EQ(count<StartPlayback>(), 2);
  EXPECT_EQ(session_->buffer().position(), MediaTime(21s));
  EXPECT_EQ(session_->report().seeking, 1s);
  EXPECT_EQ(session_->report().stall_count, 0);
}

TEST_F(StreamingSessionTest, ASeekInsideTheBufferFetchesNothingAgain) {
  open(test::video_and_audio(10));
  for (int i = 1; i <= 6; ++i) complete_last(i * 100ms);  // 12 s of both.
  const int fetched = count<FetchSegment>();
  const TransferId running = last_fetch_->transfer;
  tell(ViewerSought{.at = at(3s), .to = MediaTime(11s)});
  ASSERT_EQ(count<SeekPlayback>(), 1);
  EXPECT_TRUE(last_seek().keep_media);
  EXPECT_EQ(last_seek().position, MediaTime(11s));
  EXPECT_EQ(count<StartPlayback>(), 2) << "at once";
  EXPECT_EQ(count<CancelTransfer>(), 0);
  EXPECT_EQ(count<FetchSegment>(), fetched);
  EXPECT_EQ(last_fetch_->transfer, running);
  EXPECT_EQ(script_.seeks, 0);
  EXPECT_EQ(session_->buffer().level(), 1s);
  EXPECT_EQ(session_->report().seeking, 0s);
  complete_last(3500ms);
  EXPECT_EQ(last_fetch_->track, TrackKind::video);
  EXPECT_EQ(last_fetch_->segment, 3) << "goes on where it was";
}

TEST_F(StreamingSessionTest, ASeekBackIsInsideWhereTheMediaIsStillHeld) {
  open(test::video_only(10));
  for (int i = 1; i <= 4; ++i) complete_last(i * 100ms);
  tell(ViewerSought{.at = at(9s), .to = MediaTime(5s), .held_from = MediaTime(4s)});
  EXPECT_TRUE(last_seek().keep_media);
  EXPECT_EQ(session_->buffer().position(), MediaTime(5s));
  EXPECT_EQ(session_->buffer().buffered_end(TrackKind::video), MediaTime(16s));
  tell(ViewerSought{.at = at(10s), .to = MediaTime(3s), .held_from = MediaTime(4s)});
  EXPECT_FALSE(last_seek().keep_media);
  EXPECT_EQ(last_fetch_->segment, 0);
  tell(ViewerSought{.at = at(11s), .to = MediaTime(1s)});
  EXPECT_FALSE(last_seek().keep_media) << "nothing is told of what is held";
}

TEST_F(StreamingSessionTest, ASeekWhilePausedShowsThePlaceAndStaysPaused) {
  open(test::video_only(10));
  for (int i = 1; i <= 4; ++i) complete_last(i * 100ms);
  tell(ViewerPaused{at(2s)});
  tell(ViewerSought{.at = at(3s), .to = MediaTime(9s)});
  EXPECT_TRUE(last_seek().keep_media);
  EXPECT_EQ(count<StartPlayback>(), 1);
  EXPECT_EQ(session_->buffer().state(), PlaybackState::paused);
  tell(ViewerResumed{at(4s)});
  EXPECT_EQ(count<StartPlayback>(), 2);
  EXPECT_EQ(session_->buffer().position(), MediaTime(9s));
}

TEST_F(StreamingSessionTest, BeginsWithWhatIsExpectedOfTheLinkToArriveInTime) {
  SessionOptions options;
  options.startup_delay_target = 2s;
  options.expected_throughput = BitRate::bits_per_second(4'000'000);
  open(test::video_only(10), options);
  // Of 4 Mbit/s four fifths are planned with: 4 s at 1.2 Mbit/s take 1.5 s, at 1.85 too long.
  EXPECT_EQ(last_fetch_->representation, 2U);
  EXPECT_EQ(last_fetch_->reason, abr::Reason::startup_delay);
  EXPECT_EQ(last_fetch_->forecast, std::nullopt);
  // What came over the link counts from then on: 10 kB/s.
  complete_last(10s);
  tell(ViewerSought{.at = at(11s), .to = MediaTime(30s)});
  EXPECT_EQ(last_fetch_->representation, 0U);
}

TEST_F(StreamingSessionTest, EndsWhenTheViewerSeeksToTheEnd) {
  open(test::video_only(10));
  complete_last(1s);
  tell(ViewerSought{.at = at(2s), .to = MediaTime(1h)});
  tell(TimeReached{session_->wake_at()});
  EXPECT_EQ(session_->report().end, EndReason::played_out);
}

TEST_F(StreamingSessionTest, StandsStillWhilePausedAndKeepsFetching) {
  open(test::video_only(10));
  complete_last(1s);
  tell(ViewerPaused{at(2s)});
  EXPECT_EQ(count<HoldPlayback>(), 1);
  complete_last(8s);
  EXPECT_EQ(session_->buffer().level(), 7s);
  EXPECT_EQ(count<FetchSegment>(), 3);
  tell(ViewerResumed{at(9s)});
  EXPECT_EQ(session_->buffer().state(), PlaybackState::playing);
  EXPECT_EQ(session_->report().paused, 7s);
  EXPECT_EQ(session_->report().stall_count, 0);
}

TEST_F(StreamingSessionTest, FollowsTheOutputsOwnPosition) {
  open(test::video_only(10));
  complete_last(1s);
  tell(PlayheadObserved{.at = at(2s), .position = MediaTime(900ms)});
  EXPECT_EQ(session_->buffer().level(), 3100ms);
  EXPECT_EQ(session_->report().corrected, 100ms);
  EXPECT_EQ(session_->report().observations, 1);
}

TEST_F(StreamingSessionTest, PlaysOutAndCountsWhatTheViewerSaw) {
  open(test::video_only(3));
  complete_last(1s);
  complete_last(2s);
  complete_last(3s);
  EXPECT_EQ(session_->wake_at(), at(13s));
  tell(TimeReached{at(13s)});
  ASSERT_TRUE(session_->ended());
  const SessionReport report = session_->report();
  EXPECT_EQ(report.end, EndReason::played_out);
  EXPECT_EQ(report.played, 12s);
  EXPECT_EQ(report.segments, 3);
  EXPECT_EQ(report.switches, 1);  // 300 once, then 1200 twice.
  EXPECT_DOUBLE_EQ(report.mean_kbps, 900);
  EXPECT_DOUBLE_EQ(report.qoe_sum, 0.3 + 1.2 + 1.2 - 0.9 - 4.3);
  EXPECT_EQ(report.startup_delay + report.played + report.stalled, report.elapsed);
}

TEST_F(StreamingSessionTest, CountsASwitchBetweenRepresentationsOfTheSameBandwidth) {
  open({.video = test::uniform_track(10, 4s, {300, 1200, 1200}, true), .audio = std::nullopt});
  script_.next.representation = 1;
  complete_last(1s);
  script_.next.representation = 2;
  complete_last(2s);
  complete_last(3s);
  complete_last(4s);
  EXPECT_EQ(session_->report().switches, 2);  // 0, 1, 2, 2.
}

TEST_F(StreamingSessionTest, AsksForAnInitSegmentOncePerRepresentation) {
  media::Tracks tracks{.video = test::uniform_track(10, 4s, {300, 750, 1200}, true),
                       .audio = std::nullopt};
  open(tracks);
  EXPECT_TRUE(last_fetch_->with_init);
  complete_last(1s);
  EXPECT_TRUE(last_fetch_->with_init);  // Representation 2 for the first time.
  complete_last(2s);
  EXPECT_FALSE(last_fetch_->with_init);
  script_.next.representation = 0;
  complete_last(3s);
  EXPECT_FALSE(last_fetch_->with_init);
}

TEST_F(StreamingSessionTest, EndsWhenTheViewerLeaves) {
  open(test::video_only(10));
  tell(ViewerLeft{at(1s)});
  EXPECT_EQ(session_->report().end, EndReason::viewer_left);
}

}  // namespace
}  // namespace rung::session
