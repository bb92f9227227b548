#include "media/segment_timeline.h"

#include <gtest/gtest.h>

#include "core/random.h"

namespace rung::media {
namespace {

using namespace std::chrono_literals;

TEST(SegmentTimeline, StartPlusDurationIsTheNextStart) {
  SegmentTimeline timeline(90'000, 7, MediaTime(1s));
  timeline.append({7, 180'180, 1000});
  for (SegmentNumber i = 0; i + 1 < timeline.size(); ++i)
    ASSERT_EQ(timeline.start(i) + timeline.duration(i), timeline.start(i + 1));
  EXPECT_EQ(timeline.start(0), MediaTime(1s));
}

TEST(SegmentTimeline, AMillionEqualSegmentsAreOneRun) {
  SegmentTimeline timeline(1, 0, MediaTime{});
  timeline.append({0, 2, 500'000});
  timeline.append({1'000'000, 2, 500'000});
  EXPECT_EQ(timeline.runs().size(), 1U);
  EXPECT_EQ(timeline.start_ticks(999'999), 1'999'998);
}

TEST(SegmentTimeline, FindAgreesWithASearchThroughAll) {
  Random random(5);
  SegmentTimeline timeline(48'000, 100, MediaTime(3s));
  std::int64_t at = 50;
  for (int i = 0; i < 40; ++i) {
    const auto duration = static_cast<std::int64_t>(1 + random.below(100'000));
    const auto count = static_cast<std::int64_t>(1 + random.below(5));
    timeline.append({at, duration, count});
    at += duration * count + static_cast<std::int64_t>(random.below(2) * random.below(9'000));
  }
  const SegmentNumber last = timeline.size() - 1;
  const MediaTime end = timeline.start(last) + timeline.duration(last);
  for (int i = 0; i < 2000; ++i) {
    const MediaTime wanted = MediaTime(Duration(static_cast<std::int64_t>(
        random.below(static_cast<std::uint64_t>((end + 1s).time_since_epoch().count())))));
    std::optional<SegmentNumber> expected;
    if (wanted < end) {
      expected = 0;
      while (*expected < last && timeline.start(*expected + 1) <= wanted) ++*expected;
    }
    ASSERT_EQ(timeline.find(wanted), expected);
  }
}

TEST(SegmentTimeline, CutsItsEnd) {
  SegmentTimeline timeline(1, 0, MediaTime{});
  timeline.append({0, 4, 3});
  timeline.cut_end(MediaTime(20s));
  EXPECT_EQ(timeline.duration(2), 4s);
  timeline.cut_end(MediaTime(8500ms));
  EXPECT_EQ(timeline.duration(2), 500ms);
  EXPECT_EQ(timeline.duration_ticks(2), 4);
  EXPECT_EQ(timeline.find(MediaTime(8499ms)), 2);
  EXPECT_EQ(timeline.find(MediaTime(8500ms)), std::nullopt);
}

TEST(SegmentTimeline, TheLastSegmentMayTurnOutLongerOrShorter) {
  SegmentTimeline timeline(1, 0, MediaTime{});
  timeline.append({0, 4, 3});
  const SegmentTimeline before = timeline;
  timeline.set_last_duration(2);
  EXPECT_EQ(timeline.size(), 3);
  EXPECT_EQ(timeline.start(2), MediaTime(8s));
  EXPECT_EQ(timeline.duration(1), 4s);
  EXPECT_EQ(timeline.duration(2), 2s);
  timeline.append({10, 4, 1});
  EXPECT_EQ(timeline.find(MediaTime(10s)), 3);
  timeline.set_last_duration(6);
  EXPECT_EQ(timeline.find(MediaTime(15s)), 3);
  SegmentTimeline corrected = before;
  corrected.set_last_duration(2);
  corrected.set_last_duration(4);
  EXPECT_EQ(corrected, before) << "nothing is left of what it was taken for";
}

TEST(SegmentTimeline, GivesTheRunsOfAPart) {
  SegmentTimeline timeline(1, 0, MediaTime{});
  timeline.append({0, 4, 3});
  timeline.append({12, 5, 2});
  const std::vector<SegmentTimeline::Run> expected = {{8, 4, 1}, {12, 5, 1}};
  EXPECT_EQ(timeline.runs(2, 4), expected);
}

}  // namespace
}  // namespace rung::media
