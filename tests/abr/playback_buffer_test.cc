#include "abr/playback_buffer.h"

#include <gtest/gtest.h>

#include "core/random.h"

namespace rung::abr {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

MediaTime media(Duration at) { return MediaTime(at); }
Timestamp at(Duration time) { return Timestamp(time); }

TEST(PlaybackState, IsOneWord) {
  EXPECT_EQ(to_string(PlaybackState::starting), "starting");
  EXPECT_EQ(to_string(PlaybackState::playing), "playing");
  EXPECT_EQ(to_string(PlaybackState::stalled), "stalled");
  EXPECT_EQ(to_string(PlaybackState::seeking), "seeking");
  EXPECT_EQ(to_string(PlaybackState::paused), "paused");
  EXPECT_EQ(to_string(PlaybackState::ended), "ended");
}

PlaybackBuffer two_tracks(Duration video_end, Duration audio_end) {
  return PlaybackBuffer({.startup_level = seconds(1),
                         .resume_level = seconds(2),
                         .ends = {media(video_end), media(audio_end)}});
}

PlaybackBuffer video_alone(Duration end) {
  return PlaybackBuffer({.startup_level = seconds(1),
                         .resume_level = seconds(2),
                         .ends = {media(end), MediaTime::min()}});
}

TEST(PlaybackBuffer, StartsOnlyWhenBothTracksAreThere) {
  auto buffer = two_tracks(seconds(20), seconds(20));
  buffer.append(TrackKind::video, media(seconds(4)));
  EXPECT_EQ(buffer.state(), PlaybackState::starting);
  buffer.advance(at(seconds(3)));
  buffer.append(TrackKind::audio, media(seconds(4)));
  EXPECT_EQ(buffer.state(), PlaybackState::playing);
  EXPECT_EQ(buffer.startup_delay(), seconds(3));
}

TEST(PlaybackBuffer, GoesStraightOnBehindAHole) {
  auto buffer = two_tracks(seconds(20), seconds(20));
  buffer.append(TrackKind::audio, media(seconds(12)));
  buffer.append(TrackKind::video, media(seconds(4)));
  EXPECT_TRUE(buffer.leave_out(TrackKind::video, {media(seconds(4)), media(seconds(8))}));
  EXPECT_EQ(buffer.level(TrackKind::video), seconds(4));
  EXPECT_EQ(buffer.level(TrackKind::audio), seconds(8)) << "of 12, 4 are not heard";
  buffer.append(TrackKind::video, media(seconds(10)));
  EXPECT_EQ(buffer.level(), seconds(6));
  EXPECT_EQ(buffer.crosses_at(), at(seconds(4)));
  EXPECT_EQ(buffer.dry_at(), at(seconds(6)));
  buffer.advance(at(seconds(5)));
  EXPECT_EQ(buffer.position(), media(seconds(9)));
  EXPECT_EQ(buffer.played(), seconds(5));
  EXPECT_EQ(buffer.level(), seconds(1));
  EXPECT_EQ(buffer.stall_count(), 0);
  EXPECT_EQ(buffer.crosses_at(), at(seconds(5)));
}

TEST(PlaybackBuffer, KnowsOneHoleAheadWhichGrowsByWhatTouchesIt) {
  auto buffer = two_tracks(seconds(40), seconds(40));
  buffer.append(TrackKind::audio, media(seconds(6)));
  buffer.append(TrackKind::video, media(seconds(4)));
  EXPECT_TRUE(buffer.leave_out(TrackKind::video, {media(seconds(4)), media(seconds(8))}));
  EXPECT_TRUE(buffer.leave_out(TrackKind::audio, {media(seconds(6)), media(seconds(9))}));
  EXPECT_EQ(buffer.hole(), (PlaybackBuffer::Hole{media(seconds(4)), media(seconds(9))}));
  EXPECT_FALSE(buffer.leave_out(TrackKind::video, {media(seconds(12)), media(seconds(16))}));
  EXPECT_EQ(buffer.buffered_end(TrackKind::video), media(seconds(8)));
  buffer.advance(at(seconds(4)));
  EXPECT_EQ(buffer.position(), media(seconds(9)));
  EXPECT_EQ(buffer.state(), PlaybackState::playing);
  buffer.advance(at(seconds(5)));
  EXPECT_EQ(buffer.state(), PlaybackState::stalled);
  EXPECT_TRUE(buffer.leave_out(TrackKind::video, {media(seconds(8)), media(seconds(12))}));
  EXPECT_EQ(buffer.position(), media(seconds(12)))
      << "a hole where playback is, is crossed at once";
  buffer.seek(media(seconds(2)));
  EXPECT_EQ(buffer.hole(), PlaybackBuffer::Hole{});
}

TEST(PlaybackBuffer, NothingIsGonePastWhereNothingFollows) {
  auto buffer = video_alone(seconds(20));
  buffer.append(TrackKind::video, media(seconds(4)));
  EXPECT_TRUE(buffer.leave_out(TrackKind::video, {media(seconds(4)), media(seconds(8))}));
  buffer.close_hole(TrackKind::video);
  buffer.advance(at(seconds(5)));
  EXPECT_EQ(buffer.state(), PlaybackState::stalled);
  EXPECT_EQ(buffer.position(), media(seconds(4)));
}

TEST(PlaybackBuffer, StallsAtTheInstantItRunsDry) {
  auto buffer = video_alone(seconds(20));
  buffer.append(TrackKind::video, media(seconds(4)));
  EXPECT_EQ(buffer.dry_at(), at(seconds(4)));
  buffer.advance(at(seconds(4)));
  EXPECT_EQ(buffer.state(), PlaybackState::playing);
  buffer.advance(at(seconds(5)));
  EXPECT_EQ(buffer.state(), PlaybackState::stalled);
  EXPECT_EQ(buffer.stalled(), seconds(1));
  EXPECT_EQ(buffer.stall_count(), 1);
  buffer.append(TrackKind::video, media(seconds(5)));
  EXPECT_EQ(buffer.state(), PlaybackState::stalled);
  buffer.append(TrackKind::video, media(seconds(6)));
  EXPECT_EQ(buffer.state(), PlaybackState::playing);
}

TEST(PlaybackBuffer, PlaysThroughTheEndOfTheShorterTrack) {
  auto buffer = two_tracks(seconds(10), seconds(8));
  buffer.append(TrackKind::audio, media(seconds(8)));
  buffer.append(TrackKind::video, media(seconds(10)));
  buffer.advance(at(seconds(9)));
  EXPECT_EQ(buffer.state(), PlaybackState::playing);
  EXPECT_EQ(buffer.level(), seconds(1));
  buffer.advance(at(seconds(12)));
  EXPECT_EQ(buffer.state(), PlaybackState::ended);
  EXPECT_EQ(buffer.played(), seconds(10));
  EXPECT_EQ(buffer.stall_count(), 0);
}

TEST(PlaybackBuffer, CorrectsForwardsBehindTheEndOfTheShorterTrack) {
  auto buffer = two_tracks(seconds(10), seconds(8));
  buffer.append(TrackKind::audio, media(seconds(8)));
  buffer.append(TrackKind::video, media(seconds(10)));
  buffer.advance(at(seconds(8)));
  EXPECT_EQ(buffer.correct(media(seconds(9))), seconds(1));
  EXPECT_EQ(buffer.correct(media(seconds(60))), seconds(1));
  EXPECT_EQ(buffer.position(), media(seconds(10)));
}

TEST(PlaybackBuffer, CorrectionDuringAStallThatFreesEnoughMediaResumes) {
  auto buffer = video_alone(seconds(20));
  buffer.append(TrackKind::video, media(seconds(4)));
  buffer.advance(at(seconds(5)));
  ASSERT_EQ(buffer.state(), PlaybackState::stalled);
  EXPECT_EQ(buffer.correct(media(seconds(1))), -seconds(3));
  EXPECT_EQ(buffer.state(), PlaybackState::playing);
}

TEST(PlaybackBuffer, IgnoresTheOutputWhilePausedBeforeASeekIsServed) {
  auto buffer = video_alone(seconds(20));
  buffer.append(TrackKind::video, media(seconds(4)));
  buffer.pause();
  buffer.seek(media(seconds(12)));
  EXPECT_EQ(buffer.correct(media(seconds(1))), Duration::zero());
  EXPECT_EQ(buffer.position(), media(seconds(12)));
}

TEST(PlaybackBuffer, SeekInAPauseBeforeTheFirstPictureStillCountsAsStartup) {
  auto buffer = video_alone(seconds(20));
  buffer.pause();
  buffer.advance(at(seconds(1)));
  buffer.seek(media(seconds(8)));
  buffer.resume();
  buffer.advance(at(seconds(3)));
  EXPECT_EQ(buffer.state(), PlaybackState::starting);
  EXPECT_EQ(buffer.startup_delay(), seconds(2));
  EXPECT_EQ(buffer.seeking(), Duration::zero());
}

TEST(PlaybackBuffer, SeekBeforeTheFirstPictureStaysWithinTheTitle) {
  auto buffer = video_alone(seconds(20));
  buffer.seek(media(seconds(500)));
  EXPECT_EQ(buffer.position(), media(seconds(20)));
}

TEST(PlaybackBuffer, AnotherTrackIsWaitedForAsAfterASeekAndTheOtherOneStays) {
  PlaybackBuffer buffer({.startup_level = milliseconds(1),
                         .resume_level = seconds(2),
                         .ends = {media(seconds(20)), media(seconds(21))}});
  buffer.append(TrackKind::video, media(seconds(8)));
  buffer.append(TrackKind::audio, media(seconds(8)));
  buffer.advance(at(seconds(3)));
  buffer.replace(TrackKind::audio, media(seconds(19)));
  EXPECT_EQ(buffer.state(), PlaybackState::seeking);
  EXPECT_EQ(buffer.end(), media(seconds(20)));
  EXPECT_EQ(buffer.level(TrackKind::video), seconds(5));
  EXPECT_EQ(buffer.level(TrackKind::audio), Duration::zero());
  buffer.advance(at(seconds(4)));
  buffer.append(TrackKind::audio, media(seconds(4)));
  EXPECT_EQ(buffer.state(), PlaybackState::playing);
  EXPECT_EQ(buffer.position(), media(seconds(3)));
  EXPECT_EQ(buffer.seeking(), seconds(1));
  EXPECT_EQ(buffer.stall_count(), 0);
  buffer.pause();
  buffer.replace(TrackKind::audio, media(seconds(20)));
  EXPECT_EQ(buffer.state(), PlaybackState::paused);
  buffer.append(TrackKind::audio, media(seconds(8)));
  buffer.resume();
  EXPECT_EQ(buffer.state(), PlaybackState::playing);
}

TEST(PlaybackBuffer, PauseStopsTheClockOfEveryOtherState) {
  auto buffer = video_alone(seconds(20));
  buffer.append(TrackKind::video, media(seconds(4)));
  buffer.advance(at(seconds(1)));
  buffer.pause();
  EXPECT_EQ(buffer.dry_at(), Timestamp::max());
  EXPECT_EQ(buffer.falls_to(TrackKind::video, seconds(1)), Timestamp::max());
  buffer.advance(at(seconds(100)));
  buffer.resume();
  EXPECT_EQ(buffer.state(), PlaybackState::playing);
  EXPECT_EQ(buffer.position(), media(seconds(1)));
  EXPECT_EQ(buffer.paused(), seconds(99));
}

TEST(PlaybackBuffer, TimesAddUpUnderRandomOperations) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Random random(seed);
    auto buffer = two_tracks(seconds(60), seconds(random.below(2) == 0 ? 60 : 57));
    Duration now{};
    for (int step = 0; step < 200 && buffer.state() != PlaybackState::ended; ++step) {
      const auto kind = static_cast<TrackKind>(random.below(2));
      switch (random.below(8)) {
        case 0:
        case 1:
        case 2:
          buffer.append(kind, std::min(buffer.buffered_end(kind) + milliseconds(random.below(6000)),
                                       media(seconds(60))));
          break;
        case 3:
          buffer.pause();
          break;
        case 4:
          buffer.resume();
          break;
        case 5:
          if (random.below(4) == 0) buffer.seek(media(milliseconds(random.below(70'000))));
          break;
        case 6:
          buffer.correct(buffer.position() + milliseconds(random.below(400)) - milliseconds(200));
          break;
        default:
          break;
      }
      now += milliseconds(random.below(2000));
      const Timestamp dry = buffer.dry_at();
      // Only behind the end does time pass that belongs to no state.
      if (dry < at(now)) {
        buffer.advance(dry);
        if (buffer.state() == PlaybackState::ended) now = dry.time_since_epoch();
      }
      buffer.advance(at(now));
      ASSERT_EQ(buffer.startup_delay() + buffer.played() + buffer.stalled() + buffer.seeking() +
                    buffer.paused(),
                now)
          << "seed " << seed << " step " << step;
      ASSERT_GE(buffer.level(), Duration::zero());
      ASSERT_LE(buffer.position(), buffer.end());
    }
  }
}

}  // namespace
}  // namespace rung::abr
