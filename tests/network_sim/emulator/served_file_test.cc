#include "network_sim/emulator/served_file.h"

#include <gtest/gtest.h>

namespace rung::emulator {
namespace {

struct RangeCase {
  const char* field;
  std::int64_t size;
  RangeKind kind;
  ByteRange bytes;
};

std::ostream& operator<<(std::ostream& out, const RangeCase& range) { return out << range.field; }

class RangeField : public testing::TestWithParam<RangeCase> {};

TEST_P(RangeField, ChoosesBytes) {
  const RangeCase& expected = GetParam();
  const RangeChoice choice = choose_range(expected.field, ByteCount(expected.size));
  EXPECT_EQ(choice.kind, expected.kind);
  EXPECT_EQ(choice.bytes, expected.bytes);
}

using enum RangeKind;

INSTANTIATE_TEST_SUITE_P(
    All, RangeField,
    testing::Values(
        RangeCase{"", 10, whole, {}}, RangeCase{"bytes=0-3", 10, part, {0, 4}},
        RangeCase{"bytes=3-", 10, part, {3, 10}}, RangeCase{"bytes=3-99", 10, part, {3, 10}},
        RangeCase{"bytes=3-9223372036854775807", 10, part, {3, 10}},
        RangeCase{"bytes=9-9", 10, part, {9, 10}}, RangeCase{"bytes=-4", 10, part, {6, 10}},
        RangeCase{"bytes=-40", 10, part, {0, 10}}, RangeCase{"bytes=10-", 10, unsatisfiable, {}},
        RangeCase{"bytes=-0", 10, unsatisfiable, {}}, RangeCase{"bytes=0-", 0, unsatisfiable, {}},
        RangeCase{"bytes=5-3", 10, whole, {}}, RangeCase{"bytes=0-1,3-4", 10, whole, {}},
        RangeCase{"bytes=a-b", 10, whole, {}}, RangeCase{"bytes=--4", 10, whole, {}},
        RangeCase{"bytes=-", 10, whole, {}},
        RangeCase{"bytes=99999999999999999999-", 10, whole, {}},
        RangeCase{"lines=0-3", 10, whole, {}}));

TEST(ContentType, FollowsTheExtension) {
  EXPECT_EQ(content_type_of("a/manifest.mpd"), "application/dash+xml");
  EXPECT_EQ(content_type_of("a/changes.mpp"), "application/dash-patch+xml");
  EXPECT_EQ(content_type_of("master.M3U8"), "application/vnd.apple.mpegurl");
  EXPECT_EQ(content_type_of("init.mp4"), "video/mp4");
  EXPECT_EQ(content_type_of("1.m4s"), "video/iso.segment");
  EXPECT_EQ(content_type_of("1.ts"), "video/mp2t");
  EXPECT_EQ(content_type_of("1.aac"), "audio/aac");
  EXPECT_EQ(content_type_of("en.vtt"), "text/vtt; charset=utf-8");
  EXPECT_EQ(content_type_of("README"), "application/octet-stream");
}

}  // namespace
}  // namespace rung::emulator
