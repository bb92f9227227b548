#include "media/dash_segments.h"

#include <gtest/gtest.h>

#include <string>

namespace rung::media {
namespace {

using namespace std::chrono_literals;

/// One representation "r" of 1000 bit/s in a period of 10 s, with this segment information.
Expected<DashRepresentation> representation(const std::string& segments,
                                            const std::string& period = "duration=\"PT10S\"") {
  const std::string text = "<MPD><Period " + period +
                           "><AdaptationSet><Representation id=\"r\" bandwidth=\"1000\">" +
                           segments + "</Representation></AdaptationSet></Period></MPD>";
  const auto manifest = parse_dash_manifest(text, "http://h/m.mpd", std::nullopt);
  if (!manifest) return tl::unexpected(manifest.error());
  return manifest->periods[0].adaptation_sets[0].representations[0];
}

TEST(DashSegments, FillsInTemplates) {
  struct Case {
    const char* media;
    const char* expected;
  };
  for (const Case& row :
       {Case{"$Number$", "3"}, Case{"$Number%04d$", "0003"}, Case{"a$$b$Number$", "a$b3"},
        Case{"$RepresentationID$_$Bandwidth%06d$", "r_001000"}, Case{"$Time$", "4"},
        Case{"$Unknown$$Number$", "$Unknown$3"}, Case{"price$5", "price$5"},
        Case{"$Number%x$", "$Number%x$"}}) {
    const auto result = representation(std::string("<SegmentTemplate duration=\"2\" media=\"") +
                                       row.media + "\"/>");
    ASSERT_TRUE(result) << to_string(result.error());
    EXPECT_EQ(result->representation.resource(2).url, std::string("http://h/") + row.expected);
  }
}

TEST(DashSegments, ExpandsTimeLines) {
  const auto result =
      representation(R"(<SegmentTemplate timescale="2" media="$Time$"><SegmentTimeline>
      <S d="4" r="1"/><S d="2"/><S t="12" d="1" r="-1"/><S t="15" d="3" r="-1"/></SegmentTimeline></SegmentTemplate>)");
  ASSERT_TRUE(result) << to_string(result.error());
  const std::vector<SegmentTimeline::Run> expected = {{0, 4, 2}, {8, 2, 1}, {12, 1, 3}, {15, 3, 2}};
  EXPECT_EQ(result->representation.timeline.runs(), expected);
}

TEST(DashSegments, ALaterTimeReplacesWhatReachesBeyondIt) {
  const auto result = representation(R"(<SegmentTemplate media="$Number$"><SegmentTimeline>
      <S t="0" d="4" r="10"/><S t="9" d="1"/></SegmentTimeline></SegmentTemplate>)");
  ASSERT_TRUE(result) << to_string(result.error());
  const std::vector<SegmentTimeline::Run> expected = {{0, 4, 2}, {8, 1, 2}};
  EXPECT_EQ(result->representation.timeline.runs(), expected);
}

TEST(DashSegments, ReadsLists) {
  const auto result =
      representation(R"(<SegmentList duration="4"><Initialization sourceURL="i" range="0-9"/>
      <SegmentURL media="a"/><SegmentURL mediaRange="10-19"/><SegmentURL mediaRange="2001-"/><SegmentURL media="d"/></SegmentList>)");
  ASSERT_TRUE(result) << to_string(result.error());
  const Representation& read = result->representation;
  EXPECT_EQ(read.resource(2), (Resource{"http://h/m.mpd", ByteRange{2001, {}}})) << "to the end";
  EXPECT_EQ(read.size(2), std::nullopt);
  EXPECT_EQ(read.timeline.size(), 3) << "what the period has room for";
  EXPECT_EQ(read.timeline.duration(2), 2s);
  EXPECT_EQ(read.init, (Resource{"http://h/i", ByteRange{0, 10_bytes}}));
  EXPECT_EQ(read.resource(1), (Resource{"http://h/m.mpd", ByteRange{10, 10_bytes}}));
  EXPECT_EQ(read.size(1), 10_bytes);
  EXPECT_EQ(read.size(0), std::nullopt);
}

TEST(DashSegments, ASingleResourceWaitsForItsIndex) {
  const auto result =
      representation(R"(<BaseURL>v.mp4</BaseURL><SegmentBase indexRange="500-599"/>)");
  ASSERT_TRUE(result);
  const Representation& read = result->representation;
  EXPECT_EQ(read.timeline.size(), 1);
  EXPECT_EQ(read.timeline.duration(0), 10s);
  EXPECT_EQ(read.pending_document, (Resource{"http://h/v.mp4", ByteRange{500, 100_bytes}}));
  EXPECT_EQ(read.init, (Resource{"http://h/v.mp4", ByteRange{0, 500_bytes}}));
}

TEST(DashSegments, RefusesTimesOutOfRange) {
  for (
      const char* segments :
      {R"(<SegmentTemplate media="$Time$"><SegmentTimeline><S t="9223372036854775807" d="1"/></SegmentTimeline></SegmentTemplate>)",
       R"(<SegmentTemplate media="$Time$"><SegmentTimeline><S d="9223372036854775807" r="9223372036854775807"/></SegmentTimeline></SegmentTemplate>)",
       R"(<SegmentTemplate media="$Time$" duration="9223372036854775807" presentationTimeOffset="4611686018427387903"/>)"}) {
    const auto result = representation(segments);
    ASSERT_FALSE(result) << segments;
    EXPECT_EQ(result.error().code, ErrorCode::limit_exceeded);
  }
}

TEST(DashSegments, RefusesATemplateOfWhichNothingTellsTheEnd) {
  const auto result = representation(R"(<SegmentTemplate media="$Number$" duration="2"/>)", "");
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("how many segments"), std::string::npos);
  EXPECT_EQ(representation(R"(<SegmentTemplate media="$Number$" duration="2" endNumber="3"/>)", "")
                ->representation.timeline.size(),
            3);
}

}  // namespace
}  // namespace rung::media
