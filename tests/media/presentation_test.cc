#include "media/presentation.h"

#include <gtest/gtest.h>

namespace rung::media {
namespace {

using namespace std::chrono_literals;

Representation listed(int segments) {
  Representation representation;
  representation.timeline = SegmentTimeline(1, 0, MediaTime{});
  representation.timeline.append({0, 4, segments});
  ResourceList list;
  for (int i = 0; i < segments; ++i) list.resources.push_back({std::to_string(i), std::nullopt});
  representation.resources = std::move(list);
  return representation;
}

TEST(Presentation, WithinKeepsResourcesAndTimesTogether) {
  const Representation part = within(listed(5), MediaTime(5s), MediaTime(12s));
  ASSERT_EQ(part.timeline.size(), 2);
  EXPECT_EQ(part.resource(0).url, "1");
  EXPECT_EQ(part.timeline.start(1), MediaTime(8s));
}

TEST(Presentation, WithinKeepsWhatIsWholeAndEmptiesWhatIsOutside) {
  EXPECT_EQ(within(listed(3), MediaTime(0s), MediaTime(12s)), listed(3));
  EXPECT_EQ(within(listed(3), MediaTime(12s), MediaTime(20s)).timeline.size(), 0);
  Representation cut = listed(3);
  cut.timeline.cut_end(MediaTime(9s));
  EXPECT_EQ(within(cut, MediaTime(5s), MediaTime(20s)).timeline.duration(1), 1s);
}

}  // namespace
}  // namespace rung::media
