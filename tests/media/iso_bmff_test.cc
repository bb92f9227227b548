#include "media/iso_bmff.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/media/boxes.h"

namespace rung::media {
namespace {

struct Reference {
  bool index;
  std::uint32_t size;
  std::uint32_t duration;
};

std::string sidx(int version, const std::vector<Reference>& references, std::uint64_t earliest = 0,
                 std::uint64_t offset = 0) {
  std::string body;
  put(body, static_cast<std::uint64_t>(version), 1);
  put(body, 0, 3);
  put(body, 1, 4);
  put(body, 1000, 4);
  const int width = version == 0 ? 4 : 8;
  put(body, earliest, width);
  put(body, offset, width);
  put(body, 0, 2);
  put(body, references.size(), 2);
  for (const Reference& reference : references) {
    put(body, (reference.index ? 0x80000000U : 0U) | reference.size, 4);
    put(body, reference.duration, 4);
    put(body, 0x90000000U, 4);
  }
  return box("sidx", body);
}

TEST(SegmentIndex, ReadsBothVersions) {
  for (const int version : {0, 1}) {
    const std::string bytes =
        box("styp", "msdh") + sidx(version, {{false, 50, 4000}, {false, 60, 2000}}, 77, 5);
    const auto index = parse_segment_index(bytes, 100);
    ASSERT_TRUE(index) << to_string(index.error());
    EXPECT_EQ(index->timescale, 1000);
    EXPECT_EQ(index->earliest_presentation_time, 77);
    const auto first = static_cast<std::int64_t>(100 + bytes.size() + 5);
    EXPECT_EQ(index->entries,
              (std::vector<SegmentIndex::Entry>{{first, ByteCount(50), 4000},
                                                {first + 50, ByteCount(60), 2000}}));
  }
}

TEST(SegmentIndex, FollowsIndexesInTheSameBytes) {
  const std::string inner = sidx(0, {{false, 9, 1}});
  const std::string outer =
      sidx(0, {{true, static_cast<std::uint32_t>(inner.size()), 1}, {false, 8, 2}});
  const auto index = parse_segment_index(outer + inner, 0);
  ASSERT_TRUE(index) << to_string(index.error());
  ASSERT_EQ(index->entries.size(), 2U);
  EXPECT_EQ(index->entries[0].size, ByteCount(9));
  const auto elsewhere = parse_segment_index(sidx(0, {{true, 100, 1}}), 0);
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().code, ErrorCode::unsupported);
}

TEST(SegmentIndex, RefusesWhatIsCutShortOrEmpty) {
  const std::string whole = sidx(1, {{false, 50, 4000}});
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(parse_segment_index(whole.substr(0, size), 0)) << size;
  EXPECT_FALSE(parse_segment_index(sidx(0, {}), 0));
  EXPECT_FALSE(parse_segment_index(sidx(0, {{false, 0, 1}}), 0));
  EXPECT_FALSE(parse_segment_index(sidx(0, {{false, 1, 0}}), 0));
  EXPECT_FALSE(parse_segment_index(sidx(1, {{false, 1, 1}}, ~std::uint64_t{0}), 0));
  EXPECT_FALSE(parse_segment_index(whole, -1));
}

}  // namespace
}  // namespace rung::media
