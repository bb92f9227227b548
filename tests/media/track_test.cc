#include "media/track.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace rung::media {
namespace {

using namespace std::chrono_literals;

Track::Part part(MediaTime start, std::int64_t segments, std::vector<std::int64_t> kbps) {
  Track::Part result;
  result.timeline = SegmentTimeline(1, 0, start);
  result.timeline.append({0, 4, segments});
  for (const std::int64_t rate : kbps)
    result.bandwidths.push_back(BitRate::bits_per_second(rate * 1000));
  return result;
}

TEST(Track, JoinsThePeriods) {
  const auto track =
      Track::create({part(MediaTime(0s), 2, {100, 200}), part(MediaTime(9s), 3, {300})});
  ASSERT_TRUE(track);
  EXPECT_EQ(track->segment_count(), 5);
  EXPECT_EQ(track->start(2), MediaTime(9s));
  EXPECT_EQ(track->ladder(1).size(), 2U);
  EXPECT_EQ(track->ladder(2).size(), 1U);
  EXPECT_EQ(track->end(), MediaTime(21s));
  EXPECT_EQ(track->find(MediaTime(8500ms)), 2) << "a gap belongs to what follows";
  EXPECT_EQ(track->find(MediaTime(21s)), std::nullopt);
  EXPECT_EQ(track->place(4), (Track::Place{1, 2}));
  EXPECT_EQ(track->size(0, 1), ByteCount(100'000)) << "bandwidth x duration where no size is known";
}

TEST(Track, TakesSizesFromTheTable) {
  Track::Part sized = part(MediaTime(0s), 2, {100, 200});
  sized.sizes = {1_bytes, 2_bytes, 3_bytes, 4_bytes};
  const auto track = Track::create({sized});
  ASSERT_TRUE(track);
  EXPECT_TRUE(track->sizes_known());
  EXPECT_EQ(track->size(1, 0), 3_bytes);
}

TEST(Track, GrowsInItsPlaceAsACopyDoesOrNotAtAll) {
  const Track first = Track::create({part(MediaTime(0s), 2, {100, 200})}).value();
  Track::Part more = part(MediaTime(0s), 1, {100, 200});
  more.timeline = SegmentTimeline(1, 0, MediaTime(0s));
  more.timeline.append({8, 3, 2});
  const TrackGrowth growth{.parts = {more, part(MediaTime(14s), 1, {300})}, .joins = true};
  ASSERT_TRUE(first.fits(growth));
  Track track = first;
  track.grow(growth);
  EXPECT_EQ(track, first.grown(growth));
  EXPECT_EQ(track.parts().size(), 2U);
  EXPECT_EQ(track.segment_count(), 5);
  EXPECT_EQ(track.start(3), MediaTime(11s));
  EXPECT_EQ(track.end(), MediaTime(18s));

  const Tracks before{.video = first, .audio = first, .live = true};
  Tracks tracks = before;
  TracksGrowth wrong{.tracks = {growth, growth}, .ended = true};
  wrong.of(TrackKind::audio).parts.back() = part(MediaTime(13s), 1, {300});
  EXPECT_FALSE(grow(tracks, wrong));
  EXPECT_EQ(tracks, before);
}

TEST(Track, GrowsBehindALastSegmentWhoseLengthIsCorrected) {
  const Track first = Track::create({part(MediaTime(0s), 2, {100})}).value();
  Track::Part more = part(MediaTime(0s), 1, {100});
  more.timeline = SegmentTimeline(1, 0, MediaTime(0s));
  more.timeline.append({5, 4, 1});
  const TrackGrowth growth{.parts = {more}, .joins = true, .last_duration = 1};
  EXPECT_FALSE(growth.empty());
  ASSERT_TRUE(first.fits(growth));
  const Track track = first.grown(growth).value();
  EXPECT_EQ(track.duration(1), 1s);
  EXPECT_EQ(track.start(2), MediaTime(5s));
  EXPECT_EQ(track.end(), MediaTime(9s));
  EXPECT_EQ(first.grown({.parts = {}, .last_duration = 9})->end(), MediaTime(13s));
  EXPECT_EQ(first.grown({.parts = {}, .last_duration = 9})->longest_duration(), 9s);

  TrackGrowth too_long = growth;
  too_long.last_duration = 2;
  EXPECT_FALSE(first.fits(too_long)) << "the next one begins inside of it";
  for (const std::int64_t nonsense : {std::int64_t{0}, std::int64_t{-1}, INT64_MAX})
    EXPECT_FALSE(first.fits({.parts = {}, .last_duration = nonsense})) << nonsense;
  Track::Part cut = part(MediaTime(0s), 2, {100});
  cut.timeline.cut_end(MediaTime(7s));
  EXPECT_FALSE(Track::create({cut})->fits({.parts = {}, .last_duration = 2}));
}

TEST(GrowingTracks, StayWhereTheyAre) {
  const Track first = Track::create({part(MediaTime(0s), 2, {100})}).value();
  const Tracks live{.video = first, .audio = std::nullopt, .live = true};
  GrowingTracks growing(live);
  const Track* const place = &*growing->video;
  growing.grow({.tracks = {TrackGrowth{.parts = {part(MediaTime(8s), 1, {100})}}}});
  EXPECT_EQ(&*growing->video, place);
  EXPECT_EQ(growing->video->segment_count(), 3);
  EXPECT_EQ(live.video->segment_count(), 2);
}

TEST(GrowingTracks, OneTakesThePlaceOfAnother) {
  const Track first = Track::create({part(MediaTime(0s), 2, {100})}).value();
  const Track other = Track::create({part(MediaTime(0s), 3, {50, 70})}).value();
  const Tracks tracks{.video = first, .audio = first, .live = false};
  GrowingTracks now(tracks);
  now.replace(TrackKind::audio, other);
  EXPECT_EQ(now->audio, other);
  EXPECT_EQ(now->video, first);
  EXPECT_EQ(tracks.audio, first);
  const Track* const place = &*now->audio;
  now.replace(TrackKind::audio, first);
  EXPECT_EQ(&*now->audio, place);
  EXPECT_EQ(*place, first);
}

TEST(Track, RefusesWhatCannotBePlayed) {
  EXPECT_FALSE(Track::create({}));
  EXPECT_FALSE(Track::create({part(MediaTime(0s), 1, {})}));
  EXPECT_FALSE(Track::create({part(MediaTime(0s), 1, {200, 100})}));
  EXPECT_FALSE(Track::create({part(MediaTime(0s), 1, {0})}));
  EXPECT_FALSE(Track::create({part(MediaTime(0s), 2, {1}), part(MediaTime(7s), 2, {1})}));
  Track::Part sized = part(MediaTime(0s), 2, {100});
  sized.sizes = {1_bytes};
  EXPECT_FALSE(Track::create({sized}));
}

}  // namespace
}  // namespace rung::media
