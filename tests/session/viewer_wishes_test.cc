#include <gtest/gtest.h>

#include "tests/session/driven_session.h"
#include "tests/support/titles.h"

// What a session makes of a viewer who pins a rung or changes the speed.

namespace rung::session {
namespace {

using namespace std::chrono_literals;
using abr::PlaybackState;
using media::TrackKind;

class ViewerWishesTest : public DrivenSession {};

TEST_F(ViewerWishesTest, AtTwiceTheSpeedTheBufferIsEmptyInHalfTheTimeAndNoStallIsMiscounted) {
  open(test::video_only(10));
  complete_last(1s);
  complete_last(2s);  // 8 s, of which 1 s has been played.
  tell(ViewerChangedSpeed{at(3s), Speed::of_percent(200)});
  EXPECT_EQ(session_->buffer().level(), 6s);
  tell(PlayheadObserved{.at = at(4s), .position = MediaTime(4s)});
  EXPECT_EQ(session_->report().corrected, 0ns);
  EXPECT_EQ(session_->wake_at(), at(6s) + Duration(1));
  tell(TimeReached{at(6s) + Duration(1)});
  EXPECT_EQ(session_->buffer().state(), PlaybackState::stalled);
  complete_last(7s);
  EXPECT_EQ(session_->report().stall_count, 1);
  EXPECT_EQ(session_->report().stalled, 1s);
  EXPECT_EQ(session_->buffer().state(), PlaybackState::playing);
  tell(ViewerChangedSpeed{at(7s), Speed::of_percent(50)});
  tell(TimeReached{at(9s)});
  EXPECT_EQ(session_->buffer().position(), MediaTime(9s));
  EXPECT_EQ(session_->report().stall_count, 1);
}

TEST_F(ViewerWishesTest, AtTwiceTheSpeedALinkCarriesHalfAsMuchAndRoomComesSooner) {
  SessionOptions options;
  options.buffer_capacity = 12s;
  open(test::video_only(20), options);
  for (int i = 1; i <= 3; ++i) complete_last(i * 500ms, 500'000_bytes);  // 8 Mbit/s
  EXPECT_EQ(script_.forecast->throughput, BitRate::bits_per_second(8'000'000));
  // 12 s less the one that has been played; room for 4 s comes after 3 s more.
  ASSERT_EQ(session_->wake_at(), at(4500ms));
  tell(ViewerChangedSpeed{at(1500ms), Speed::of_percent(200)});
  EXPECT_EQ(session_->wake_at(), at(3s));
  tell(TimeReached{at(3s)});
  EXPECT_EQ(last_fetch_->segment, 3);
  EXPECT_EQ(script_.forecast->throughput, BitRate::bits_per_second(4'000'000));
  EXPECT_EQ(session_->forecast()->throughput, BitRate::bits_per_second(8'000'000));
}

TEST_F(ViewerWishesTest, AViewersPinHoldsFromTheNextSegmentUntilItIsTakenBack) {
  open(test::video_and_audio(20));
  tell(ViewerPinned{at(500ms), 4});
  EXPECT_EQ(count<CancelTransfer>(), 0);
  complete_last(1s);
  EXPECT_EQ(last_fetch_->track, TrackKind::audio);
  complete_last(1100ms);
  complete_last(1150ms);
  const int asked = script_.asked;
  EXPECT_EQ(last_fetch_->representation, 4U);
  EXPECT_EQ(last_fetch_->reason, abr::Reason::fixed);
  EXPECT_FALSE(session_->choice_pending());
  complete_last(1200ms);
  complete_last(1300ms);
  EXPECT_EQ(last_fetch_->representation, 4U);
  EXPECT_EQ(script_.asked, asked) << "the policy is not asked";
  tell(ViewerSought{.at = at(1400ms), .to = MediaTime(60s)});
  EXPECT_EQ(last_fetch_->representation, 4U) << "at another place, too";
  complete_last(1500ms);
  tell(ViewerPinned{at(1500ms), std::nullopt});
  complete_last(1600ms);
  complete_last(1650ms);
  EXPECT_EQ(last_fetch_->track, TrackKind::video);
  EXPECT_EQ(last_fetch_->representation, 2U);
  tell(ViewerPinned{at(1700ms), 99});
  complete_last(1800ms);
  complete_last(1900ms);
  EXPECT_EQ(last_fetch_->representation, 5U) << "the highest there is";
}

TEST_F(ViewerWishesTest, APinnedTransferIsNotGivenUpAndAWaitingChoiceIsMadeAnew) {
  script_.next = {.representation = 0, .not_before = at(3s), .reason = abr::Reason::buffer};
  SessionOptions options;
  options.policy_starts = true;
  open(test::video_only(10), options);
  complete_last(100ms);
  ASSERT_EQ(count<FetchSegment>(), 1);
  tell(ViewerPinned{at(200ms), 3});
  ASSERT_EQ(count<FetchSegment>(), 2);
  EXPECT_EQ(last_fetch_->representation, 3U);
  script_.abandon_to = 0;
  const auto late = [&](Duration when) {
    tell(TransferProgressed{.at = at(when),
                            .transfer = last_fetch_->transfer,
                            .first_byte = at(300ms),
                            .received = 1000_bytes,
                            .expected = 900'000_bytes});
  };
  late(1s);
  EXPECT_EQ(session_->report().abandonments, 0);
  tell(ViewerPinned{at(1s), 2});
  late(1100ms);
  EXPECT_EQ(session_->report().abandonments, 1) << "it is no longer what they want";
  EXPECT_EQ(last_fetch_->representation, 2U);
}

TEST_F(ViewerWishesTest, AnotherAudioTrackIsFetchedFromWherePlaybackIsAndTheVideoStays) {
  open(test::video_and_audio(10));
  for (int i = 1; i <= 5; ++i) complete_last(i * 100ms);  // 8 s of both, and sound up to 12 s.
  ASSERT_EQ(last_fetch_->track, TrackKind::video);
  ASSERT_EQ(last_fetch_->segment, 2);
  tell(TimeReached{at(6s)});
  ASSERT_EQ(session_->buffer().position(), MediaTime(5800ms));
  const TransferId running = last_fetch_->transfer;
  requests_.clear();
  tell(ViewerChangedAudio{at(6s), test::uniform_track(20, 2s, {32}, true)});
  ASSERT_EQ(requests_.size(), 3U);
  EXPECT_EQ(std::get<CancelTransfer>(requests_[0]).transfer, running);
  EXPECT_EQ(std::get<SeekPlayback>(requests_[1]),
            (SeekPlayback{.position = MediaTime(5800ms), .keep_media = true}));
  EXPECT_EQ(last_fetch_->track, TrackKind::audio);
  EXPECT_EQ(last_fetch_->segment, 2) << "of 2 s each";
  EXPECT_TRUE(last_fetch_->with_init);
  EXPECT_EQ(session_->buffer().state(), PlaybackState::seeking);
  complete_last(6200ms);
  EXPECT_EQ(session_->buffer().state(), PlaybackState::playing);
  EXPECT_EQ(last_fetch_->track, TrackKind::audio) << "the sound ends first";
  complete_last(6300ms);
  complete_last(6400ms);
  EXPECT_EQ(last_fetch_->track, TrackKind::video);
  EXPECT_EQ(last_fetch_->segment, 2) << "what was given up comes again";
  EXPECT_EQ(session_->report().stall_count, 0);
  EXPECT_EQ(session_->report().seeking, 200ms);
  EXPECT_EQ(session_->tracks().audio->segment_count(), 20);
}

TEST_F(ViewerWishesTest, WhatWasHeldOfTheOtherAudioTrackIsOfNoUse) {
  const media::Tracks tracks = test::video_and_audio(10);
  tracks_ = tracks;
  session_.emplace(tracks_, SessionOptions{}, std::make_unique<ToldPolicy>(script_),
                   std::make_unique<test::LastThroughput>());
  session_->hold({{.track = TrackKind::audio, .segment = 0, .representation = 1, .size = 9_bytes}});
  tell(TimeReached{});
  tell(ViewerChangedAudio{at(100ms), test::uniform_track(10, 4s, {64, 128})});
  complete_last(200ms);
  ASSERT_EQ(last_fetch_->track, TrackKind::audio);
  EXPECT_NE(last_fetch_->reason, abr::Reason::prefetched);
}

}  // namespace
}  // namespace rung::session
