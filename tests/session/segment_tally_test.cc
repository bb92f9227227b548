#include "session/segment_tally.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/titles.h"

namespace rung::session {
namespace {

using namespace std::chrono_literals;

SegmentTally tally_of(const media::Track& track, const std::vector<RepresentationIndex>& ladder,
                      bool first_counts = true, MediaTime shown = {}) {
  SegmentTally tally(abr::Qoe(), first_counts);
  for (std::size_t i = 0; i < ladder.size(); ++i)
    tally.add(track, static_cast<SegmentNumber>(i), ladder[i], shown);
  return tally;
}

void expect_same(const SegmentTally& one, const SegmentTally& other) {
  EXPECT_EQ(one.segments(), other.segments());
  EXPECT_NEAR(one.mean_kbps(), other.mean_kbps(), 1e-9);
  EXPECT_EQ(one.switches(), other.switches());
  EXPECT_NEAR(one.quality(), other.quality(), 1e-12);
  EXPECT_NEAR(one.switching(), other.switching(), 1e-12);
}

TEST(SegmentTally, CountsRatesSwitchesAndQuality) {
  const media::Track track = test::uniform_track(10, 4s, {300, 750, 1200});
  const SegmentTally tally = tally_of(track, {0, 2, 2, 1});
  EXPECT_EQ(tally.segments(), 4);
  EXPECT_DOUBLE_EQ(tally.mean_kbps(), (300 + 1200 + 1200 + 750) / 4.0);
  EXPECT_EQ(tally.switches(), 2);
  EXPECT_DOUBLE_EQ(tally.quality(), 3.45);
  EXPECT_DOUBLE_EQ(tally.switching(), 0.9 + 0.45);
  EXPECT_DOUBLE_EQ(tally_of(track, {0, 2, 2, 1}, false).quality(), 3.15);
}

TEST(SegmentTally, AReplacedSegmentCountsAsWhatReplacedIt) {
  const media::Track track = test::uniform_track(10, 4s, {300, 750, 1200});
  for (const bool first_counts : {true, false}) {
    SegmentTally tally = tally_of(track, {0, 0, 2, 0}, first_counts);
    tally.replace(track, 1, 2);
    expect_same(tally, tally_of(track, {0, 2, 2, 0}, first_counts));
    tally.replace(track, 3, 1);
    expect_same(tally, tally_of(track, {0, 2, 2, 1}, first_counts));
    tally.replace(track, 0, 1);
    expect_same(tally, tally_of(track, {1, 2, 2, 1}, first_counts));
  }
}

TEST(SegmentTally, ForgetsWhatIsShownAndNothingElse) {
  const media::Track track = test::uniform_track(1000, 4s, {300, 750, 1200});
  std::vector<RepresentationIndex> ladder;
  for (std::size_t i = 0; i < 1000; ++i) ladder.push_back(i * i % 7 % 3);
  std::vector<RepresentationIndex> replaced = ladder;
  for (const std::size_t place : {500U, 501U, 990U, 999U}) replaced[place] = 2;
  for (const MediaTime shown : {MediaTime{}, MediaTime(2000s)}) {
    SegmentTally tally = tally_of(track, ladder, true, shown);
    for (const SegmentNumber segment : {990, 500, 999, 501}) tally.replace(track, segment, 2);
    expect_same(tally, tally_of(track, replaced));
  }
}

TEST(SegmentTally, GoesOnBehindAGapAsBehindWhatArrivedLast) {
  const media::Track track = test::uniform_track(100, 4s, {300, 750, 1200});
  const auto add_all = [&](RepresentationIndex first, RepresentationIndex behind_the_gap) {
    SegmentTally tally(abr::Qoe(), true);
    tally.add(track, 7, first, {});
    tally.add(track, 50, behind_the_gap, {});
    tally.add(track, 51, 1, {});
    return tally;
  };
  SegmentTally tally = add_all(0, 2);
  EXPECT_EQ(tally.switches(), 2);
  tally.replace(track, 50, 0);
  expect_same(tally, add_all(0, 0));
}

}  // namespace
}  // namespace rung::session
