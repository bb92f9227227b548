#include "media/utf8.h"

#include <gtest/gtest.h>

#include <string_view>

namespace rung::media {
namespace {

TEST(Utf8, TellsHowLongACharacterIs) {
  EXPECT_EQ(utf8_length("ab"), 1U);
  EXPECT_EQ(utf8_length("\xC3\xA4x"), 2U);
  EXPECT_EQ(utf8_length("\xE2\x82\xAC"), 3U);
  EXPECT_EQ(utf8_length("\xF0\x9F\x98\x80"), 4U);
  for (const std::string_view none :
       {"\xE4x", "\x80", "\xC3", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF"})
    EXPECT_EQ(utf8_length(none), 0U) << none;
}

}  // namespace
}  // namespace rung::media
