#include "media/ttml.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "core/limits.h"
#include "media/iso8601.h"

namespace rung::media {
namespace {

using namespace std::chrono_literals;
using Edge = CuePlacement::Edge;
using Align = CuePlacement::Align;

std::string document(const std::string& body, const std::string& head = "",
                     const std::string& attributes = "") {
  return R"(<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling"
    xmlns:ttp="http://www.w3.org/ns/ttml#parameter" xml:lang="en" )" +
         attributes + "><head>" + head + "</head><body><div>" + body + "</div></body></tt>";
}

std::vector<Cue> cues_of(const std::string& text) {
  const auto cues = parse_ttml(text);
  EXPECT_TRUE(cues) << to_string(cues.error());
  return cues.value_or(std::vector<Cue>());
}

TEST(Ttml, ReadsParagraphsWithTheirTimes) {
  const auto cues = cues_of(document(
      "<p begin='00:00:01.5' end='00:00:03'>One</p><p begin='4s' dur='500ms'>Two<br/> lines </p>"));
  ASSERT_EQ(cues.size(), 2U);
  EXPECT_EQ(cues[0].start, MediaTime(1500ms));
  EXPECT_EQ(cues[0].end, MediaTime(3s));
  EXPECT_EQ(cues[1].end, MediaTime(4500ms));
  EXPECT_EQ(plain_text(cues[1]), "Two\nlines");
}

TEST(Ttml, BlanksCountOnceAndNoneBesideALineBreak) {
  const auto text = [](const std::string& inside) {
    const auto cues = cues_of(document("<p end='1s'>" + inside + "</p>"));
    return cues.empty() ? std::string("none") : plain_text(cues[0]);
  };
  EXPECT_EQ(text("\n      one\t two\n      three  "), "one two three");
  EXPECT_EQ(text("one <br/>\n   two"), "one\ntwo");
  EXPECT_EQ(text("<span>one</span> <span>two</span>"), "one two") << "a blank between elements";
  EXPECT_EQ(text("<span>one </span> <span> two</span>"), "one two");
  EXPECT_EQ(text("<span>one</span><span>two</span>"), "onetwo");
  EXPECT_EQ(text("one<br/><br/>two"), "one\n\ntwo");
  EXPECT_EQ(text(" \n <span> </span> <br/> "), "none");
  EXPECT_EQ(text("&#160;one&#160;&#160;two"), "\xC2\xA0one\xC2\xA0\xC2\xA0two")
      << "those that do not break are words";
}

TEST(Ttml, CountsFramesTicksMinutesAndHours) {
  const auto cues =
      cues_of(document("<p begin='00:00:01:12' end='2m'>a</p>"
                       "<p begin='30f' end='0.001h'>b</p>"
                       "<p begin='20000000t' end='30000000t'>c</p>",
                       "",
                       "ttp:frameRate='24' ttp:frameRateMultiplier='1 1' "
                       "ttp:tickRate='10000000'"));
  ASSERT_EQ(cues.size(), 3U);
  EXPECT_EQ(cues[0].start, MediaTime(1500ms));
  EXPECT_EQ(cues[0].end, MediaTime(2min));
  EXPECT_EQ(cues[1].start, MediaTime(1250ms));
  EXPECT_EQ(cues[1].end, MediaTime(3600ms));
  EXPECT_EQ(cues[2].start, MediaTime(2s));
}

TEST(Ttml, TimesOfWhatIsAroundCountAndSpansMayHaveTheirOwn) {
  const auto cues = cues_of(
      R"(<tt:tt xmlns:tt="http://www.w3.org/ns/ttml"><tt:body begin="10s"><tt:div end="5s">
      <tt:p begin="1s" end="9s">shared<tt:span begin="1s" end="2s">own</tt:span></tt:p>
      </tt:div></tt:body></tt:tt>)");
  ASSERT_EQ(cues.size(), 3U);
  EXPECT_EQ(plain_text(cues[0]), "shared");
  EXPECT_EQ(cues[0].start, MediaTime(11s));
  EXPECT_EQ(cues[0].end, MediaTime(12s));
  EXPECT_EQ(plain_text(cues[1]), "sharedown");
  EXPECT_EQ(cues[1].end, MediaTime(13s));
  EXPECT_EQ(plain_text(cues[2]), "shared");
  EXPECT_EQ(cues[2].end, MediaTime(15s)) << "no longer than what is around";
}

TEST(Ttml, SpansComeAndGoInTheirPlaceOfTheLine) {
  const auto cues = cues_of(document(
      "<p begin='0s' end='4s'>a<span begin='1s' end='2s'>A</span>b\n"
      "<span begin='0s' end='9s'> c</span></p>"
      "<p>\n<span begin='5s' end='6s'>one</span>\n<span begin='6s' end='7s'>two</span>\n</p>"));
  ASSERT_EQ(cues.size(), 5U);
  EXPECT_EQ(plain_text(cues[0]), "ab c");
  EXPECT_EQ(plain_text(cues[1]), "aAb c");
  EXPECT_EQ(cues[1].start, MediaTime(1s));
  EXPECT_EQ(cues[1].end, MediaTime(2s));
  EXPECT_EQ(plain_text(cues[2]), "ab c");
  EXPECT_EQ(cues[2].end, MediaTime(4s));
  EXPECT_EQ(plain_text(cues[3]), "one");
  EXPECT_EQ(plain_text(cues[4]), "two");
  // What does not change is one cue.
  EXPECT_EQ(cues_of(document("<p end='4s'>a<span end='2s'> </span>b</p>")).size(), 2U);
  EXPECT_EQ(cues_of(document("<p end='4s'>a <span end='2s'> </span>b</p>")).size(), 1U);
}

TEST(Ttml, SpansThatCutTooOftenAreRefused) {
  std::string body = "<p>";
  for (int i = 0; i < 10'000; ++i)
    body += "<span begin='" + std::to_string(i) + "s' dur='1s'>x</span> ";
  const auto read = parse_ttml(document(body + "</p>"));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::limit_exceeded);
}

TEST(Ttml, WhatIsNotDisplayedOrHiddenIsNoCue) {
  const auto cues = cues_of(
      document("<p tts:display='none'>a<span tts:display='auto'>b</span></p>"
               "<p tts:visibility='hidden'>c<span tts:visibility='visible'>d</span></p>"
               "<p style='hid'>e</p><p region='off'>f</p><p>g<span tts:display='none'>h</span></p>",
               "<styling><style xml:id='hid' tts:visibility='hidden'/></styling>"
               "<layout><region xml:id='off' tts:display='none'/></layout>"));
  ASSERT_EQ(cues.size(), 2U);
  EXPECT_EQ(plain_text(cues[0]), "d");
  EXPECT_EQ(plain_text(cues[1]), "g");
}

TEST(Ttml, ElementsWithTimesThatCannotBeReadAreLeftOut) {
  const auto cues = cues_of(
      document("<p begin='1s' end='6'>a</p><p begin='x' end='6s'>b</p><p begin='1s' dur='1:2'>c</p>"
               "<p begin='1s' end='2s'>d<span begin='soon'>e</span></p>"));
  ASSERT_EQ(cues.size(), 1U);
  EXPECT_EQ(plain_text(cues[0]), "d");
}

TEST(Ttml, LooksComeFromAttributesStylesAndWhatIsAround) {
  const auto cues =
      cues_of(document("<p style='loud' begin='0s' end='1s'>a <span tts:fontStyle='italic'>b</span>"
                       "<span> </span><span tts:color='#00ff00'>c</span></p>",
                       "<styling><style xml:id='base' tts:color='yellow'/>"
                       "<style xml:id='loud' style='base' tts:fontWeight='bold'/></styling>"));
  ASSERT_EQ(cues.size(), 1U);
  const TextLook loud{.bold = true, .color = 0xFFFF00};
  TextLook italic = loud;
  italic.italic = true;
  TextLook green = loud;
  green.color = 0x00FF00;
  EXPECT_EQ(cues[0].text,
            (std::vector<TextRun>{{"a ", loud}, {"b", italic}, {" ", loud}, {"c", green}}));
}

TEST(Ttml, LooksOfARegionAreThoseOfWhatIsInIt) {
  const auto cues =
      cues_of(document("<p region='r' end='1s'>a</p><p region='r' end='1s' tts:color='red'>b</p>",
                       "<layout><region xml:id='r' tts:color='lime' tts:fontStyle='italic' "
                       "tts:fontWeight='bold'/></layout>"));
  ASSERT_EQ(cues.size(), 2U);
  const TextLook look{.bold = true, .italic = true, .color = 0x00FF00};
  EXPECT_EQ(cues[0].text, (std::vector<TextRun>{{"a", look}}));
  EXPECT_EQ(cues[1].text.at(0).look.color, 0xFF0000U);
}

TEST(Ttml, RegionsAreReadOnceHoweverManyParagraphsAreInThem) {
  // A list of words of this length, cut anew for each paragraph, would take 10^9 steps.
  std::string blanks;
  for (int i = 0; i < 200'000; ++i) blanks += "1 ";
  std::string body;
  for (int i = 0; i < 10'000; ++i) body += "<p end='1s'>x</p>";
  const auto cues = cues_of(document(
      "<div region='r'>" + body + "</div>",
      "<layout><region xml:id='r' tts:origin='" + blanks + "' tts:extent='1% 1%'/></layout>"));
  ASSERT_EQ(cues.size(), 10'000U);
  EXPECT_EQ(cues[0].placement, (CuePlacement{.align = Align::left, .first_on_top = true}));
}

TEST(Ttml, RegionsSayWhereItLies) {
  const auto cues = cues_of(document(
      "<p region='top' begin='0s' end='1s'>a</p><p region='low' begin='0s' end='1s' "
      "tts:textAlign='end'>b</p><p begin='0s' end='1s'>c</p>",
      "<layout><region xml:id='top' tts:origin='10% 5%' tts:extent='80% 20%'/>"
      "<region xml:id='low'><style tts:origin='64px 360px'/><style tts:extent='512px 90px'/>"
      "<style tts:displayAlign='after'/></region></layout>",
      "tts:extent='640px 480px'"));
  ASSERT_EQ(cues.size(), 3U);
  EXPECT_EQ(cues[0].placement, (CuePlacement{.edge = Edge::top,
                                             .y = 0.05,
                                             .left = 0.1,
                                             .width = 0.8,
                                             .align = Align::left,
                                             .first_on_top = true}));
  EXPECT_EQ(cues[1].placement.edge, Edge::bottom);
  EXPECT_NEAR(cues[1].placement.y, 450.0 / 480, 1e-9);
  EXPECT_EQ(cues[1].placement.align, Align::right);
  EXPECT_EQ(cues[2].placement, CuePlacement{.first_on_top = true});
}

TEST(Ttml, StylesThatReferInACircleOrWithoutEndDoNoHarm) {
  std::string styles = "<styling><style xml:id='a' style='b'/><style xml:id='b' style='a'/>";
  for (int i = 0; i < 3000; ++i)
    styles += "<style xml:id='s" + std::to_string(i) + "' style='s" + std::to_string(i + 1) + " s" +
              std::to_string(i + 1) + "'/>";
  const auto cues =
      cues_of(document("<p style='a s0' begin='0s' end='1s'>x</p>", styles + "</styling>"));
  ASSERT_EQ(cues.size(), 1U);
}

TEST(Ttml, WithoutTimesItIsSeenAllTheTime) {
  const auto cues = cues_of(document("<p>x</p><p begin='2s'>y</p>"));
  ASSERT_EQ(cues.size(), 2U);
  EXPECT_EQ(cues[0].start, MediaTime{});
  EXPECT_EQ(cues[1].start, MediaTime(2s));
  EXPECT_EQ(cues[1].end, MediaTime(furthest_time));
}

TEST(Ttml, PicturesAreUnsupportedAndOtherXmlIsMalformed) {
  const auto pictures = parse_ttml(
      "<tt xmlns='http://www.w3.org/ns/ttml' xmlns:smpte='x'><body>"
      "<div begin='0s' end='1s' smpte:backgroundImage='1.png'/></body></tt>");
  ASSERT_FALSE(pictures);
  EXPECT_EQ(pictures.error().code, ErrorCode::unsupported);
  for (const char* text : {"<MPD/>", "<tt", "<tt><x:p/></tt>", ""}) {
    const auto read = parse_ttml(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, ErrorCode::malformed);
  }
}

TEST(Ttml, TooManyCuesAreRefused) {
  std::string body;
  for (std::size_t i = 0; i <= limits::cues; ++i) body += "<p>x</p>";
  const auto read = parse_ttml(document(body));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::limit_exceeded);
}

}  // namespace
}  // namespace rung::media
