#include "media/box_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/media/boxes.h"

namespace rung::media {
namespace {

TEST(BoxReader, FindsABoxOfATypeBehindOthers) {
  const std::string bytes = box("styp", "msdh") + box("moof", "inside") + box("mdat", "media");
  const auto found = find_box(bytes, "moof");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->begin, 12U);
  EXPECT_EQ(found->body, "inside");
  EXPECT_FALSE(find_box(bytes, "sidx"));
}

TEST(BoxReader, ABoxThatEndsElsewhereIsNone) {
  EXPECT_FALSE(read_box(box("mdat", "media").substr(0, 12), 0));
  EXPECT_FALSE(read_box(std::string("\0\0\0\4mdat", 8), 0));
  EXPECT_FALSE(read_box("short", 0));
  EXPECT_FALSE(read_box(box("mdat", ""), 9));
}

TEST(BoxReader, KnowsLongSizesAndBoxesUntilTheEnd) {
  std::string large(std::string("\0\0\0\1mdat", 8));
  put(large, 18, 8);
  large += "ab";
  EXPECT_EQ(read_box(large, 0)->body, "ab");
  EXPECT_EQ(read_box(std::string("\0\0\0\0mdatxyz", 11), 0)->body, "xyz");
}

TEST(ByteReader, GivesZerosBehindTheEndAndRemembers) {
  ByteReader reader("\x01\x02\x03");
  EXPECT_EQ(reader.take(2), 0x102U);
  EXPECT_EQ(reader.rest(), "\x03");
  EXPECT_FALSE(reader.overrun());
  EXPECT_EQ(reader.take(2), 0U);
  EXPECT_TRUE(reader.overrun());
}

}  // namespace
}  // namespace rung::media
