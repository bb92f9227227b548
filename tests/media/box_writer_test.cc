#include "media/box_writer.h"

#include <gtest/gtest.h>

namespace rung::media {
namespace {

TEST(BoxWriter, WritesWhatTheReaderReads) {
  Bytes body;
  put(body, 0x0102, 4);
  put(body, "text");
  const Bytes written = box("free", body);
  const auto found = read_box(text_of(written), 0);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->end, box_header + body.size());
  EXPECT_EQ(found->type, "free");
  EXPECT_EQ(found->body, text_of(body));
  EXPECT_EQ(number_at(written, box_header + 2, 2), 0x0102U);
  EXPECT_EQ(box(*found), written);
}

TEST(BoxWriter, RewritesBoxesBehindOtherBytes) {
  Bytes bytes;
  put(bytes, "head");
  put(bytes, box("aaaa", {}));
  put(bytes, box("bbbb", {}));
  const Bytes changed = rewritten(text_of(bytes), 4, [](const Box& found) {
    return found.type == "aaaa" ? box("cccc", {}) : box(found);
  });
  Bytes expected;
  put(expected, "head");
  put(expected, box("cccc", {}));
  put(expected, box("bbbb", {}));
  EXPECT_EQ(changed, expected);
}

}  // namespace
}  // namespace rung::media
