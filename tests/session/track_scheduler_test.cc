#include "session/track_scheduler.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "tests/support/titles.h"

namespace rung::session {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp at(Duration since_start) { return Timestamp(since_start); }

FetchSegment fetch(const TrackScheduler& track, RepresentationIndex representation) {
  return {.transfer = TransferId(7),
          .segment = track.next(),
          .representation = representation,
          .with_init = track.needs_init(track.next(), representation),
          .attempt = track.attempt()};
}

void arrive(TrackScheduler& track, RepresentationIndex representation) {
  track.started(fetch(track, representation), at(0s));
  track.completed();
}

/// Two periods of two segments each, with an init segment a representation.
media::Track two_periods(const std::vector<BitRate>& second_ladder = {500_kbps, 1000_kbps,
                                                                      2000_kbps}) {
  std::vector<media::Track::Part> parts;
  for (const Duration start : {Duration(0s), Duration(8s)}) {
    media::Track::Part part;
    part.timeline = media::SegmentTimeline(1, 0, MediaTime(start));
    part.timeline.append({0, 4, 2});
    part.bandwidths = {500_kbps, 1000_kbps, 2000_kbps};
    if (!parts.empty()) part.bandwidths = second_ladder;
    part.has_init = true;
    parts.push_back(std::move(part));
  }
  auto track = media::Track::create(std::move(parts));
  RUNG_CHECK(track);
  return *std::move(track);
}

TEST(TrackScheduler, GoesThroughTheSegmentsInOrder) {
  const media::Track title = test::uniform_track(3, 4s, {500, 1000});
  TrackScheduler track(media::TrackKind::video, title);
  EXPECT_EQ(track.previous(), std::nullopt);
  for (SegmentNumber segment = 0; segment < 3; ++segment) {
    EXPECT_FALSE(track.finished());
    EXPECT_EQ(track.next(), segment);
    arrive(track, 1);
    EXPECT_EQ(track.previous(), 1U);
    EXPECT_FALSE(track.running());
  }
  EXPECT_TRUE(track.finished());
}

TEST(TrackScheduler, WantsTheInitSegmentOnceForEachRepresentationOfAPeriod) {
  const media::Track title = two_periods();
  TrackScheduler track(media::TrackKind::video, title);
  EXPECT_TRUE(track.needs_init(track.next(), 0));
  arrive(track, 0);
  EXPECT_FALSE(track.needs_init(track.next(), 0));
  EXPECT_TRUE(track.needs_init(track.next(), 2));
  arrive(track, 0);
  EXPECT_TRUE(track.needs_init(track.next(), 0)) << "the second period has its own";
  track.seek(0);
  EXPECT_FALSE(track.needs_init(track.next(), 0)) << "what is there stays there";
}

TEST(TrackScheduler, TheRepresentationBeforeIsAPlaceInTheLadderThatFollows) {
  const media::Track title = two_periods({300_kbps, 1900_kbps});
  TrackScheduler track(media::TrackKind::video, title);
  arrive(track, 2);
  EXPECT_EQ(track.previous(), 2U);
  arrive(track, 2);
  EXPECT_EQ(track.previous(), 1U);
}

TEST(TrackScheduler, AnInitSegmentThatDidNotArriveIsWantedAgain) {
  const media::Track title = two_periods();
  TrackScheduler track(media::TrackKind::video, title);
  track.started(fetch(track, 1), at(0s));
  track.failed({.representation = 1}, at(2s));
  EXPECT_TRUE(track.needs_init(track.next(), 1));
}

TEST(TrackScheduler, ExpectsWhatTheTrackTellsUntilTheServerDoes) {
  const media::Track title = test::uniform_track(3, 4s, {500, 1000});
  TrackScheduler track(media::TrackKind::video, title);
  track.started(fetch(track, 1), at(1s));
  EXPECT_EQ(track.running()->expected, ByteCount(500'000));
  track.progressed(std::nullopt, std::nullopt, ByteCount(), std::nullopt, at(1250ms));
  EXPECT_EQ(track.running()->expected, ByteCount(500'000));
  track.progressed(at(1100ms), at(1200ms), ByteCount(10), ByteCount(480'000), at(1500ms));
  EXPECT_EQ(track.running()->expected, ByteCount(480'000));
}

TEST(TrackScheduler, KnowsWhenSomethingLastArrived) {
  const media::Track title = test::uniform_track(3, 4s, {500});
  TrackScheduler track(media::TrackKind::video, title);
  track.started(fetch(track, 0), at(1s));
  EXPECT_EQ(track.running()->last_arrival, at(1s));
  track.progressed(at(2s), at(2500ms), ByteCount(100), std::nullopt, at(3s));
  EXPECT_EQ(track.running()->last_arrival, at(2500ms));
  track.progressed(at(2s), at(4s), ByteCount(110), std::nullopt, at(4s));  // Too little to count.
  EXPECT_EQ(track.running()->last_arrival, at(2500ms));
  track.progressed(at(2s), std::nullopt, ByteCount(300), std::nullopt, at(5s));
  EXPECT_EQ(track.running()->last_arrival, at(5s));  // For all that is known.
}

TEST(TrackScheduler, AFirstByteLiesBetweenRequestAndNow) {
  const media::Track title = test::uniform_track(3, 4s, {500});
  TrackScheduler track(media::TrackKind::video, title);
  track.started(fetch(track, 0), at(1s));
  track.progressed(at(500ms), at(500ms), ByteCount(10), std::nullopt, at(2s));
  EXPECT_EQ(track.running()->first_byte, at(1s));
  track.progressed(at(9s), at(9s), ByteCount(10), std::nullopt, at(3s));
  EXPECT_EQ(track.running()->first_byte, at(3s));
}

TEST(TrackScheduler, CountsFailuresAndNotAbandonments) {
  const media::Track title = test::uniform_track(3, 4s, {500, 1000});
  TrackScheduler track(media::TrackKind::video, title);
  track.started(fetch(track, 1), at(0s));
  track.abandoned({.representation = 0, .reason = abr::Reason::abandoned});
  EXPECT_EQ(track.attempt(), 1);
  EXPECT_EQ(track.decided()->representation, 0U);
  track.started(fetch(track, 0), at(1s));
  track.failed({.representation = 0}, at(3s));
  EXPECT_EQ(track.attempt(), 2);
  EXPECT_EQ(track.not_before(), at(3s));
  EXPECT_EQ(track.next(), 0);
  track.started(fetch(track, 0), at(3s));
  track.completed();
  EXPECT_EQ(track.attempt(), 1) << "the next segment begins anew";
  EXPECT_EQ(track.decided(), std::nullopt);
  EXPECT_EQ(track.not_before(), Timestamp::min());
}

TEST(TrackScheduler, FallsBackToTheNearestLowerThenHigherRepresentation) {
  const media::Track title = test::uniform_track(3, 4s, {500, 1000, 2000, 4000});
  TrackScheduler track(media::TrackKind::video, title);
  track.exclude(2);
  EXPECT_EQ(track.alternative(2), 1U);
  track.exclude(1);
  EXPECT_EQ(track.alternative(2), 0U);
  track.exclude(0);
  EXPECT_EQ(track.alternative(2), 3U);
  track.exclude(3);
  EXPECT_EQ(track.alternative(2), std::nullopt);
}

TEST(TrackScheduler, ExclusionsEndWithTheSegment) {
  const media::Track title = test::uniform_track(3, 4s, {500, 1000});
  TrackScheduler track(media::TrackKind::video, title);
  track.exclude(0);
  EXPECT_EQ(track.alternative(1), std::nullopt);
  arrive(track, 1);
  EXPECT_EQ(track.alternative(1), 0U);
}

TEST(TrackScheduler, WhatIsMissingInTwoSegmentsOfWhichAnotherOneCameIsNoLongerThere) {
  const media::Track title = test::uniform_track(9, 4s, {500, 1000, 2000});
  TrackScheduler track(media::TrackKind::video, title);
  // Segments that nobody has say nothing about a representation.
  for (int i = 0; i < 3; ++i) {
    for (RepresentationIndex rung = 0; rung < 3; ++rung) {
      track.exclude(rung);
      track.exclude(rung);
    }
    track.started(fetch(track, 0), at(0s));
    track.lose();
    EXPECT_FALSE(track.excluded(0) || track.excluded(1) || track.excluded(2)) << i;
  }
  track.exclude(2);
  arrive(track, 0);
  EXPECT_FALSE(track.excluded(2)) << "once";
  track.exclude(2);
  arrive(track, 0);
  EXPECT_TRUE(track.excluded(2));
  EXPECT_FALSE(track.excluded(1));
}

TEST(TrackScheduler, ASeekForgetsTheTransferAndTheRepresentationBefore) {
  const media::Track title = test::uniform_track(5, 4s, {500, 1000});
  TrackScheduler track(media::TrackKind::video, title);
  arrive(track, 1);
  track.started(fetch(track, 1), at(0s));
  track.seek(3);
  EXPECT_EQ(track.next(), 3);
  EXPECT_FALSE(track.running());
  EXPECT_EQ(track.previous(), std::nullopt);
  track.seek(std::nullopt);
  EXPECT_TRUE(track.finished());
}

}  // namespace
}  // namespace rung::session
