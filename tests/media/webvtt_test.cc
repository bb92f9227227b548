#include "media/webvtt.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "core/limits.h"

namespace rung::media {
namespace {

using namespace std::chrono_literals;
using Edge = CuePlacement::Edge;
using Align = CuePlacement::Align;

std::string shown(const std::string& text) { return plain_text(Cue{.text = parse_cue_text(text)}); }

TEST(WebVtt, ReadsCuesWithAndWithoutIdentifier) {
  const auto read = parse_webvtt(
      "\xEF\xBB\xBFWEBVTT - a title\r\n"
      "\r\n"
      "NOTE nothing to see\r\n"
      "here\r\n"
      "\r\n"
      "STYLE\r\n"
      "::cue { color: red }\r\n"
      "\r\n"
      "1\r\n"
      "00:01.000 --> 00:02.500\r\n"
      "First\r\n"
      "line two\r\n"
      "\r\n"
      "\r\n"
      "01:00:00.000\t-->\t01:00:01.000 align:start line:0\r\n"
      "Second");
  ASSERT_TRUE(read) << to_string(read.error());
  ASSERT_EQ(read->cues.size(), 2U);
  EXPECT_EQ(read->cues[0].start, MediaTime(1s));
  EXPECT_EQ(read->cues[0].end, MediaTime(2500ms));
  EXPECT_EQ(plain_text(read->cues[0]), "First\nline two");
  EXPECT_EQ(read->cues[0].placement, CuePlacement{});
  EXPECT_EQ(read->cues[1].start, MediaTime(1h));
  EXPECT_EQ(read->cues[1].placement.edge, Edge::top);
  EXPECT_EQ(read->cues[1].placement.align, Align::left);
  EXPECT_FALSE(read->map);
}

TEST(WebVtt, ReadsTheTimestampMapOfASegment) {
  const auto read = parse_webvtt(
      "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:10.000\n\n00:10.000 --> 00:11.000\nHi\n");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->map, (WebVtt::TimestampMap{.local = 10s, .transport = 900'000}));
  const auto half = parse_webvtt("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000\n");
  ASSERT_TRUE(half);
  EXPECT_FALSE(half->map);
}

TEST(WebVtt, IsCutIntoSegmentsThatHaveWhatIsSeenInThem) {
  const std::string text =
      "WEBVTT - a title\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n\n"
      "NOTE a comment\n\nSTYLE\n::cue { color: red }\n\n"
      "1\n00:01.000 --> 00:05.000 line:0\n<i>first</i>\n\n"
      "00:04.000 --> 00:06.000\nsecond\n00:09.000 --> 00:10.000\nthird\n\n"
      "00:20.000 --> 00:21.000\nbehind the end\n";
  const std::vector<MediaTime> ends{MediaTime(4s), MediaTime(8s), MediaTime(12s)};
  const auto pieces = split_webvtt(text, ends, 10'000_bytes);
  ASSERT_TRUE(pieces) << to_string(pieces.error());
  ASSERT_EQ(pieces->size(), 3U);
  std::vector<std::vector<std::string>> shown_in;
  for (const std::string& piece : *pieces) {
    EXPECT_NE(piece.find("STYLE\n::cue { color: red }\n"), std::string::npos);
    EXPECT_EQ(piece.find("NOTE"), std::string::npos);
    const auto read = parse_webvtt(piece);
    ASSERT_TRUE(read) << piece;
    EXPECT_EQ(read->map, (WebVtt::TimestampMap{.local = 0s, .transport = 0}));
    auto& cues = shown_in.emplace_back();
    for (const Cue& cue : read->cues) cues.push_back(plain_text(cue));
  }
  using Cues = std::vector<std::string>;
  EXPECT_EQ(shown_in[0], Cues{"first"});
  EXPECT_EQ(shown_in[1], (Cues{"first", "second"})) << "what goes on stands in both";
  EXPECT_EQ(shown_in[2], Cues{"third"});
  EXPECT_EQ(parse_webvtt(pieces->front())->cues.front().placement.edge, Edge::top);
  EXPECT_FALSE(split_webvtt("no subtitles", ends, 10'000_bytes));
  const auto full = split_webvtt(text, ends, 60_bytes);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::limit_exceeded);
}

TEST(WebVtt, ACueThatIsWrongCostsThisCueAlone) {
  const auto read = parse_webvtt(
      "WEBVTT\n\n"
      "00:01 -> 00:02\nno arrow\n\n"
      "00:05.000 --> 00:04.000\nbackwards\n\n"
      "x --> y\nno times\n\n"
      "99999999999999999999:00:00.000 --> 00:04.000\nfar\n\n"
      "00:06.000 --> 00:07.000\n\n"
      "00:08.000 --> 00:09.000\nright\n"
      "00:10.000 --> 00:11.000\nwithout a blank line\n");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->cues.size(), 2U);
  EXPECT_EQ(plain_text(read->cues[0]), "right");
  EXPECT_EQ(plain_text(read->cues[1]), "without a blank line");
}

TEST(WebVtt, OtherTextIsRefused) {
  for (const char* text : {"", "WEBVTTX\n", "1\n00:00:01,000 --> 00:00:02,000\nSubRip\n"}) {
    const auto read = parse_webvtt(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, ErrorCode::malformed);
  }
}

TEST(WebVtt, TooManyCuesAreRefused) {
  std::string text = "WEBVTT\n\n";
  for (std::size_t i = 0; i <= limits::cues; ++i) text += "00:01.000 --> 00:02.000\nx\n\n";
  const auto read = parse_webvtt(text);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::limit_exceeded);
}

TEST(WebVttText, TagsAreLooksOrNothing) {
  const auto runs = parse_cue_text(
      "<v Roger Bingham><i>Why</i> <b><u>this</u></b></v> <c.yellow.loud>one</c> "
      "<00:00:01.500><lang en>end</lang>");
  EXPECT_EQ(runs, (std::vector<TextRun>{{"Why", {.italic = true}},
                                        {" ", {}},
                                        {"this", {.bold = true, .underlined = true}},
                                        {" ", {}},
                                        {"one", {.color = 0xFFFF00}},
                                        {" end", {}}}));
  EXPECT_EQ(shown("<ruby>\xE6\xBC\xA2<rt>kan</rt></ruby>"), "\xE6\xBC\xA2(kan)");
  EXPECT_EQ(shown("a<i>b"), "ab");
  EXPECT_EQ(shown("a</i>b</>c<>d<"), "abcd");
  EXPECT_EQ(shown("<i><b>x</i>y"), "xy");
}

TEST(WebVttText, EntitiesAreCharactersAndTheRestIsAsItStands) {
  EXPECT_EQ(shown("&lt;b&gt; &amp;amp; &quot;&apos;"), "<b> &amp; \"'");
  EXPECT_EQ(shown("&#233;&#x1F600;&nbsp;x"), "\xC3\xA9\xF0\x9F\x98\x80\xC2\xA0x");
  EXPECT_EQ(shown("R&D &unknown; & &#xFFFFFFFF; &"), "R&D &unknown; & &#xFFFFFFFF; &");
}

TEST(WebVttText, DeepTagsDoNoHarm) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += "<i>";
  EXPECT_EQ(shown(text + "x"), "x");
}

TEST(WebVttSettings, LinesCountFromAboveAndFromBelow) {
  EXPECT_EQ(parse_cue_settings("").edge, Edge::automatic);
  EXPECT_EQ(parse_cue_settings("line:auto").edge, Edge::automatic);
  EXPECT_EQ(parse_cue_settings("line:0").edge, Edge::top);
  EXPECT_EQ(parse_cue_settings("line:0").y, 0);
  EXPECT_NEAR(parse_cue_settings("line:9").y, 0.5, 1e-9);
  EXPECT_EQ(parse_cue_settings("line:-1").edge, Edge::bottom);
  EXPECT_EQ(parse_cue_settings("line:-1").y, 1);
  EXPECT_EQ(parse_cue_settings("line:-9999999").y, 0);
  EXPECT_EQ(parse_cue_settings("line:-0").y, 1);
  EXPECT_NEAR(parse_cue_settings("line:25%").y, 0.25, 1e-9);
  EXPECT_EQ(parse_cue_settings("line:25%,end").edge, Edge::bottom);
  EXPECT_EQ(parse_cue_settings("line:25%,center").edge, Edge::middle);
}

TEST(WebVttSettings, PositionSizeAndAlignmentMakeTheBox) {
  const auto left = parse_cue_settings("position:20% align:start");
  EXPECT_EQ(left.align, Align::left);
  EXPECT_NEAR(left.left, 0.2, 1e-9);
  EXPECT_NEAR(left.width, 0.8, 1e-9);
  const auto middle = parse_cue_settings("position:30% size:40%");
  EXPECT_NEAR(middle.left, 0.1, 1e-9);
  EXPECT_NEAR(middle.width, 0.4, 1e-9);
  const auto right = parse_cue_settings("align:end size:50%");
  EXPECT_EQ(right.align, Align::right);
  EXPECT_NEAR(right.left, 0.5, 1e-9);
  const auto anchored = parse_cue_settings("position:90%,line-right");
  EXPECT_NEAR(anchored.left, 0, 1e-9);
  EXPECT_NEAR(anchored.width, 0.9, 1e-9);
}

TEST(WebVttSettings, WhatIsWrongIsPassedOver) {
  for (const char* settings : {"line:x", "line:101%", "position:-3%", "size:nan%", "align:up", ":",
                               "line", "vertical:rl", "region:fred", "line:99999999999999999999"})
    EXPECT_EQ(parse_cue_settings(settings), CuePlacement{}) << settings;
}

TEST(WebVtt, RubyIsPutIntoBracketsHoweverItEnds) {
  for (const char* text : {"<ruby>base<rt>text</rt></ruby> on", "<ruby>base<rt>text</ruby> on"})
    EXPECT_EQ(plain_text(Cue{.text = parse_cue_text(text)}), "base(text) on") << text;
  EXPECT_EQ(plain_text(Cue{.text = parse_cue_text("<b><ruby>base<rt><i>text")}), "base(text)");
}

TEST(WebVtt, EntitiesAreThoseOfHtml) {
  EXPECT_EQ(plain_text(Cue{.text = parse_cue_text("caf&eacute;&hellip; &none; &#9834; &amp;lt;")}),
            "caf\xC3\xA9\xE2\x80\xA6 &none; \xE2\x99\xAA &lt;");
}

}  // namespace
}  // namespace rung::media
