#include "player/timestamp_mapping.h"

#include <gtest/gtest.h>

namespace rung::player {
namespace {

using decode::Container;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Ten segments of four seconds from ten seconds on; the media counts from `origin` seconds.
media::Track track(std::int64_t origin) {
  media::SegmentTimeline timeline(1000, origin * 1000, MediaTime(seconds(10)));
  timeline.append({origin * 1000, 4000, 10});
  media::Track::Part part;
  part.timeline = timeline;
  part.bandwidths = {100_kbps};
  part.heights = {180};
  return media::Track::create({part}).value();
}

TEST(TimestampMapping, TheTimelineSaysWhereDashMediaBelongs) {
  TimestampMapping mapping(TimestampOrigin::timeline);
  // The first picture comes 80 ms into the segment and must stay there.
  EXPECT_EQ(mapping.offset(track(100), 2, Container::iso_bmff, seconds(108) + milliseconds(80)),
            seconds(-90));
}

TEST(TimestampMapping, TimeStampsFarFromTheManifestAreOverruled) {
  TimestampMapping mapping(TimestampOrigin::timeline);
  EXPECT_EQ(mapping.offset(track(100), 2, Container::iso_bmff, seconds(5000)),
            seconds(18) - seconds(5000));
}

TEST(TimestampMapping, TheFirstSegmentFixesTheRestOfHls) {
  TimestampMapping mapping(TimestampOrigin::first_segment);
  EXPECT_EQ(mapping.offset(track(0), 0, Container::mpeg_ts, seconds(11)), seconds(-1));
  // Rounded durations in the playlist do not move it.
  EXPECT_EQ(mapping.offset(track(0), 1, Container::mpeg_ts, seconds(15) - milliseconds(300)),
            seconds(-1));
}

TEST(TimestampMapping, AJumpOfTimeStampsFixesItAnewAndTheOldOneIsRemembered) {
  TimestampMapping mapping(TimestampOrigin::first_segment);
  EXPECT_EQ(mapping.offset(track(0), 0, Container::mpeg_ts, seconds(11)), seconds(-1));
  EXPECT_EQ(mapping.offset(track(0), 1, Container::mpeg_ts, seconds(500)), seconds(14 - 500));
  // The other track is still in front of the jump.
  EXPECT_EQ(mapping.offset(track(0), 0, Container::mpeg_ts, seconds(11) + milliseconds(20)),
            seconds(-1));
}

TEST(TimestampMapping, ASegmentWhoseTimeStampsBeginAnewFollowsTheOneBefore) {
  TimestampMapping mapping(TimestampOrigin::first_segment);
  for (const SegmentNumber segment : {0, 1, 2})
    EXPECT_EQ(mapping.offset(track(0), segment, Container::mpeg_ts, seconds(1)),
              seconds(9 + 4 * segment));
}

TEST(TimestampMapping, TheWrapOfTransportStreamsIsNoJump) {
  TimestampMapping mapping(TimestampOrigin::first_segment);
  const Duration wrap = from_ticks(std::int64_t{1} << 33, 90'000);
  const Duration before = wrap - seconds(2);
  const Duration offset = mapping.offset(track(0), 0, Container::mpeg_ts, before);
  EXPECT_EQ(offset + before, seconds(10));
  const Duration after = seconds(2) + milliseconds(10);
  EXPECT_EQ(mapping.offset(track(0), 1, Container::mpeg_ts, after) + after,
            seconds(14) + milliseconds(10));
}

TEST(TimestampMapping, PackedAudioBeginsWhereItsSegmentDoes) {
  TimestampMapping mapping(TimestampOrigin::timeline);
  EXPECT_EQ(mapping.offset(track(100), 3, Container::aac, seconds(0)), seconds(22));
}

}  // namespace
}  // namespace rung::player
