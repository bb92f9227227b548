#include "abr/policies/bba1_policy.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "tests/support/situation.h"

namespace rung::abr {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Situation;
using test::six_rungs;

/// 50 segments of 4 s whose sizes are `weight` times their bandwidths', and a buffer of 240 s.
Situation weighing(double weight) {
  Situation situation;
  situation.capacity = seconds(240);
  media::Track::Part part = test::uniform_track(50, seconds(4), six_rungs).parts()[0];
  for (int segment = 0; segment < 50; ++segment)
    for (const BitRate bandwidth : part.bandwidths)
      part.sizes.push_back(scaled(bandwidth, weight) * seconds(4));
  std::vector<media::Track::Part> parts;
  parts.push_back(std::move(part));
  situation.track = *media::Track::create(std::move(parts));
  return situation;
}

TEST(BbaReservoir, IsWhatTheSizesAheadWouldCostAtTheLowestBandwidth) {
  // 40 segments are left, each half as large again as the link carries in its 4 s: 40 x 2 s.
  EXPECT_EQ(bba_reservoir(weighing(1.5).context()), seconds(80));
}

TEST(BbaReservoir, IsBoundedOnBothSides) {
  EXPECT_EQ(bba_reservoir(weighing(1).context()), seconds(8));
  EXPECT_EQ(bba_reservoir(weighing(0.5).context()), seconds(8));
  EXPECT_EQ(bba_reservoir(weighing(3).context()), seconds(140));
}

TEST(Bba1Policy, ComparesTheSegmentAllowedWithTheNeighboursSizes) {
  // Reservoir 8 s, upper end 216 s: half way, at 112 s, 2300 kbit/s x 4 s are allowed.
  Situation situation = weighing(1);
  situation.level = seconds(112);
  for (const auto& [previous, expected] :
       std::vector<std::pair<RepresentationIndex, RepresentationIndex>>{{2, 3}, {3, 3}, {5, 4}}) {
    Bba1Policy policy;
    situation.previous = previous;
    // The first choice counts as one segment of protection, 0.4 s; the line moves by 0.1 %.
    EXPECT_EQ(situation.ask(policy).representation, expected) << previous;
  }
}

TEST(Bba1Policy, HoldsBackWhereTheNextSegmentIsLarge) {
  // Twice the bandwidth: the reservoir is 140 s, the map at 178 s allows 2300 kbit/s x 4 s, and
  // already 1200 kbit/s takes 2400.
  Situation situation = weighing(2);
  situation.level = seconds(178);
  situation.previous = 1;
  Bba1Policy policy;
  EXPECT_EQ(situation.ask(policy).representation, 1u);
}

TEST(Bba1Policy, ProtectsItselfAgainstOutagesWhileTheBufferGrows) {
  Situation situation = weighing(1);
  Bba1Policy policy;
  for (int i = 1; i <= 10; ++i) {
    situation.level = seconds(10 + i);
    static_cast<void>(situation.ask(policy));
  }
  EXPECT_EQ(policy.protection(), seconds(4));  // 10 x 400 ms
  static_cast<void>(situation.ask(policy));    // does not grow
  situation.level = seconds(181);              // above three quarters
  static_cast<void>(situation.ask(policy));
  EXPECT_EQ(policy.protection(), seconds(4));
  for (int i = 0; i < 300; ++i) {
    situation.level = seconds(10) + milliseconds(i);
    static_cast<void>(situation.ask(policy));
  }
  EXPECT_EQ(policy.protection(), seconds(80));
}

}  // namespace
}  // namespace rung::abr
