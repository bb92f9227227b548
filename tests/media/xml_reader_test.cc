#include "media/xml_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/limits.h"

namespace rung::media {
namespace {

TEST(XmlReader, KeepsTheFirstFailure) {
  auto xml = XmlReader::create("<a>\n<b n='1' m='x'/>\n<b n='-'/></a>", "doc", "a");
  ASSERT_TRUE(xml);
  std::vector<std::optional<std::int64_t>> numbers;
  (*xml)->each((*xml)->root(), "b", [&](pugi::xml_node b) {
    numbers.push_back((*xml)->integer(b, "n"));
    numbers.push_back((*xml)->integer(b, "missing"));
  });
  EXPECT_THAT(numbers, testing::ElementsAre(1, std::nullopt, std::nullopt, std::nullopt));
  ASSERT_TRUE((*xml)->error());
  EXPECT_EQ((*xml)->error()->where, "doc line 3 <b>");
}

TEST(XmlReader, TellsTheLineOfUtf16AsWell) {
  const auto wide = [](std::u16string_view text, bool big) {
    std::string bytes = big ? "\xFE\xFF" : "\xFF\xFE";
    for (const char16_t unit : text)
      for (const unsigned shift : {big ? 8U : 0U, big ? 0U : 8U})
        bytes += static_cast<char>(unit >> shift & 0xFFU);
    return bytes;
  };
  for (const bool big : {false, true}) {
    const auto broken = XmlReader::create(
        wide(u"<a t='\u00e9\u20ac\U0001F600'>\n\u00e9\n<b>\n</a>\n\n\n", big), "doc", "a");
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().where, "doc line 4");
    const auto undeclared = XmlReader::create(
        wide(u"<a>\n\u20ac\u20ac\u20ac\u20ac\n<x:b/>\n\n\n\n</a>", big), "doc", "a");
    ASSERT_FALSE(undeclared);
    EXPECT_EQ(undeclared.error().where, "doc line 3 <x:b>");
  }
}

TEST(XmlReader, ReadsNoEntityAndNoDtd) {
  auto xml = XmlReader::create(
      "<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a t='&e;&amp;&#65;'/>", "doc", "a");
  ASSERT_TRUE(xml);
  EXPECT_EQ((*xml)->text((*xml)->root(), "t"), "&e;&A");
}

TEST(XmlReader, WantsDeclaredPrefixes) {
  EXPECT_TRUE(XmlReader::create("<a xmlns:x='u'><x:b x:c='' xml:lang=''/></a>", "doc", "a"));
  EXPECT_FALSE(XmlReader::create("<a><b xmlns:x='u'/><x:c/></a>", "doc", "a"));
  EXPECT_FALSE(XmlReader::create("<a y:b=''/>", "doc", "a"));
}

TEST(XmlReader, CountsExpansion) {
  auto xml = XmlReader::create("<a/>", "doc", "a");
  ASSERT_TRUE(xml);
  const auto half = static_cast<std::size_t>(limits::expanded_manifest_size.bytes() / 2);
  EXPECT_TRUE((*xml)->charge((*xml)->root(), half));
  EXPECT_TRUE((*xml)->charge((*xml)->root(), half));
  EXPECT_FALSE((*xml)->charge((*xml)->root(), 1));
  EXPECT_EQ((*xml)->error()->code, ErrorCode::limit_exceeded);
}

TEST(XmlReader, PrefixesHoldWithinTheirElement) {
  const auto code = [](const std::string& text) {
    const auto xml = XmlReader::create(text, "doc", "a");
    return xml ? std::optional<ErrorCode>() : xml.error().code;
  };
  EXPECT_EQ(code("<a xmlns:p='1'><b xmlns:p='2'/><p:c/></a>"), std::nullopt);
  EXPECT_EQ(code("<a><b xmlns:p='1' xmlns:q='1'><p:c/></b><d xmlns:q='1' q:e=''/></a>"),
            std::nullopt);
  EXPECT_EQ(code("<a><b xmlns:p='1'/><p:c/></a>"), ErrorCode::malformed);
  EXPECT_EQ(code("<a xmlns:q='1'><b xmlns:q='1'/><c xmlns:r='1'/><d r:e=''/></a>"),
            ErrorCode::malformed);
}

TEST(XmlReader, ManyPrefixesAndManyNamesWithThemDoNotMultiply) {
  // Each name compared with each prefix would take 10^10 steps.
  std::string text = "<a";
  for (int i = 0; i < 100'000; ++i) text += " xmlns:prefix" + std::to_string(i) + "=''";
  for (int i = 0; i < 100'000; ++i) text += " prefix99999:n=''";
  EXPECT_TRUE(XmlReader::create(text + "/>", "doc", "a"));
}

}  // namespace
}  // namespace rung::media
