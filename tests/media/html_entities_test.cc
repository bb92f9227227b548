#include "media/html_entities.h"

#include <gtest/gtest.h>

namespace rung::media {
namespace {

TEST(HtmlEntities, AreThoseOfLatinOneAndOfTypography) {
  EXPECT_EQ(html_entity("amp"), 0x26U);
  EXPECT_EQ(html_entity("nbsp"), 0xA0U);
  EXPECT_EQ(html_entity("Agrave"), 0xC0U);
  EXPECT_EQ(html_entity("szlig"), 0xDFU);
  EXPECT_EQ(html_entity("yuml"), 0xFFU) << "none is missing of the row";
  EXPECT_EQ(html_entity("hellip"), 0x2026U);
  EXPECT_EQ(html_entity("rlm"), 0x200FU);
  EXPECT_EQ(html_entity("euro"), 0x20ACU);
  EXPECT_EQ(html_entity("sung"), 0x266AU);
}

TEST(HtmlEntities, KnowNoOthers) {
  for (const char* name : {"", "Amp", "&amp;", "amp;", "nonsense"})
    EXPECT_EQ(html_entity(name), 0U) << name;
}

}  // namespace
}  // namespace rung::media
