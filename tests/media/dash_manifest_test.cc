#include "media/dash_manifest.h"
#include "media/url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "core/limits.h"

namespace rung::media {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr const char* url = "http://host.test/a/manifest.mpd";

Expected<DashManifest> parse(const std::string& text) {
  return parse_dash_manifest(text, url, std::chrono::seconds(1'700'000'000));
}

std::string mpd(const std::string& periods, const std::string& attributes = "") {
  return "<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\" " + attributes + ">\n" +
         periods + "</MPD>";
}

TEST(DashManifest, HandsDownFromLevelToLevel) {
  const auto manifest = parse(mpd(R"(<BaseURL>one/</BaseURL>
    <Period id="p"><BaseURL>two/</BaseURL>
      <SegmentTemplate timescale="10" duration="40" startNumber="5"/>
      <AdaptationSet mimeType="video/mp4" codecs="avc1.1" width="640" height="360" frameRate="30000/1001" lang="de">
        <SegmentTemplate media="$RepresentationID$-$Number%03d$.m4s" initialization="$Bandwidth$.mp4"/>
        <Representation id="x" bandwidth="1000"/>
        <Representation id="y" bandwidth="2000" codecs="avc1.2" height="720"><BaseURL>/three/</BaseURL></Representation>
      </AdaptationSet>
    </Period>)",
                                  "mediaPresentationDuration=\"PT9S\" minBufferTime=\"PT2S\""));
  ASSERT_TRUE(manifest) << to_string(manifest.error());
  EXPECT_EQ(manifest->min_buffer_time, 2s);
  const DashAdaptationSet& set = manifest->periods.at(0).adaptation_sets.at(0);
  EXPECT_EQ(set.type, ContentType::video);
  EXPECT_EQ(set.language, "de");
  const Representation& x = set.representations.at(0).representation;
  const Representation& y = set.representations.at(1).representation;
  EXPECT_EQ(x.codecs, "avc1.1");
  EXPECT_EQ(y.codecs, "avc1.2");
  EXPECT_EQ(y.width, 640);
  EXPECT_EQ(y.height, 720);
  EXPECT_NEAR(x.frame_rate, 29.97, 0.001);
  EXPECT_EQ(x.timeline.size(), 3);
  EXPECT_EQ(x.timeline.duration(2), 1s) << "the last segment ends with the period";
  EXPECT_EQ(x.resource(0).url, "http://host.test/a/one/two/x-005.m4s");
  EXPECT_EQ(x.init->url, "http://host.test/a/one/two/1000.mp4");
  EXPECT_EQ(y.resource(2).url, "http://host.test/three/y-007.m4s");
}

TEST(DashManifest, TellsOfAllPlacesWhereALevelNamesSeveral) {
  const auto manifest =
      parse(mpd(R"(<BaseURL>http://one.test/</BaseURL><BaseURL>http://two.test/x/</BaseURL>
    <BaseURL>http://one.test/</BaseURL>
    <Period duration="PT4S"><AdaptationSet mimeType="video/mp4">
      <BaseURL>v/</BaseURL>
      <SegmentTemplate duration="4" media="$Number$.m4s"/>
      <Representation id="x" bandwidth="1000"/>
      <Representation id="y" bandwidth="2000"><BaseURL>y/</BaseURL><BaseURL>http://three.test/y/</BaseURL></Representation>
    </AdaptationSet></Period>)"));
  ASSERT_TRUE(manifest) << to_string(manifest.error());
  const std::vector<Places> places{{"http://one.test/", "http://two.test/x/"},
                                   {"http://one.test/v/y/", "http://three.test/y/"}};
  EXPECT_EQ(manifest->places, places);
  EXPECT_EQ(to_presentation(*manifest).places, places);
  std::string many = "<BaseURL>a/</BaseURL>";
  for (int i = 0; i < 100; ++i) many += "<BaseURL>" + std::to_string(i) + "/</BaseURL>";
  EXPECT_EQ(parse(mpd(many + "<Period duration='PT1S'/>"))->places.at(0).size(), 8U);
  // One alone is a place only where a server may tell of clones of it.
  const std::string named = "<BaseURL serviceLocation='x'>a/</BaseURL><Period duration='PT1S'/>";
  EXPECT_TRUE(parse(mpd(named))->places.empty());
  EXPECT_EQ(parse(mpd("<ContentSteering>s</ContentSteering>" + named))->places.size(), 1U);
}

TEST(DashManifest, TellsTheTitle) {
  const auto named = [](const std::string& title) {
    return parse(mpd("<ProgramInformation><Title>" + title + "</Title></ProgramInformation>" +
                     "<Period duration='PT1S'/>"))
        ->title;
  };
  EXPECT_EQ(named(" The\nlake "), "The lake");
  EXPECT_EQ(named(""), "");
  EXPECT_EQ(named(std::string(199, 'a') + "\u00e4"), std::string(199, 'a'));
  EXPECT_EQ(parse(mpd("<Period duration='PT1S'/>"))->title, "");
}

TEST(DashManifest, TellsWhoSteersBetweenNamedPlaces) {
  const auto manifest = parse(mpd(
      "<BaseURL serviceLocation='x'>http://one.test/</BaseURL><BaseURL>http://two.test/</BaseURL>"
      "<ContentSteering defaultServiceLocation=' y x'> steer?k </ContentSteering>"
      "<Period duration='PT1S'/>"));
  ASSERT_TRUE(manifest) << to_string(manifest.error());
  const Presentation presentation = to_presentation(*manifest);
  const std::map<std::string, std::string> pathways{{"http://one.test/", "x"}};
  EXPECT_EQ(presentation.pathways, pathways);
  ASSERT_TRUE(presentation.steering);
  EXPECT_EQ(presentation.steering->server, resolve_url(manifest->url, "steer?k"));
  EXPECT_EQ(presentation.steering->first, (std::vector<std::string>{"y", "x"}));
}

TEST(DashManifest, TellsWhoGivesLicences) {
  const auto server = [](const std::string& urls) {
    const auto manifest =
        parse(mpd("<Period duration='PT10S'><AdaptationSet contentType='video'><ContentProtection "
                  "schemeIdUri='urn:uuid:e2719d58-a985-b3c9-781a-b030af78d30e'>" +
                  urls +
                  "</ContentProtection><SegmentTemplate duration='4' media='$Number$'/>"
                  "<Representation id='v' bandwidth='1'/></AdaptationSet></Period>"));
    EXPECT_TRUE(manifest) << to_string(manifest.error());
    return to_presentation(*manifest).periods.at(0).adaptation_sets.at(0).licence_url;
  };
  EXPECT_EQ(server("<Laurl>licence</Laurl>"), "http://host.test/a/licence");
  EXPECT_EQ(server("<Laurl> </Laurl><Laurl/>"), "") << "not the manifest itself";
  EXPECT_EQ(server("<Laurl/><Laurl>licence</Laurl>"), "http://host.test/a/licence");
}

TEST(DashManifest, PlacesPeriodsAfterEachOther) {
  const auto manifest =
      parse(mpd(R"(<Period duration="PT10S"/><Period id="b"/><Period start="PT25S"/>)",
                "mediaPresentationDuration=\"PT1M\""));
  ASSERT_TRUE(manifest);
  EXPECT_EQ(manifest->periods[1].start, 10s);
  EXPECT_EQ(manifest->periods[1].duration, 15s);
  EXPECT_EQ(manifest->periods[2].duration, 35s);
}

TEST(DashManifest, ReadsWhatALiveDocumentSays) {
  const auto manifest = parse(R"(<MPD type="dynamic" availabilityStartTime="2023-11-14T22:13:10Z"
      minimumUpdatePeriod="PT2S" timeShiftBufferDepth="PT4S" suggestedPresentationDelay="PT6S">
    <Location> next.mpd?x </Location>
    <ServiceDescription><Latency target="3500" min="2000"/><PlaybackRate max="1.04"/></ServiceDescription>
    <Period start="PT0S"><BaseURL availabilityTimeOffset="0.5">x/</BaseURL>
      <AdaptationSet contentType="video"><SegmentTemplate media="$Number$" duration="2" startNumber="10" availabilityTimeOffset="1"/>
      <Representation id="v" bandwidth="1"/></AdaptationSet></Period></MPD>)");
  ASSERT_TRUE(manifest) << to_string(manifest.error());
  EXPECT_TRUE(manifest->is_live());
  EXPECT_EQ(manifest->locations, std::vector<std::string>{"http://host.test/a/next.mpd?x"});
  EXPECT_EQ(manifest->service_description->target_latency, 3500ms);
  EXPECT_EQ(manifest->service_description->max_playback_rate, 1.04);
  EXPECT_EQ(to_presentation(*manifest).live->fastest, 1.04);
  EXPECT_EQ(to_presentation(*manifest).live->slowest, std::nullopt);
  const DashAdaptationSet& set = manifest->periods.at(0).adaptation_sets.at(0);
  EXPECT_EQ(set.availability_time_offset, 1500ms);
  // Ten seconds in: segments of 2 s that began 6 s in and later, and are complete by 11.5 s.
  const DashRepresentation& representation = set.representations.at(0);
  EXPECT_EQ(representation.start_number, 13);
  EXPECT_EQ(representation.representation.timeline.size(), 2);
  EXPECT_EQ(representation.representation.resource(1).url, "http://host.test/a/x/14");
}

TEST(DashManifest, ALiveTimeLineSince1970TakesNoMemory) {
  const auto manifest = parse(
      R"(<MPD type="dynamic" availabilityStartTime="1970-01-01T00:00:00Z"><Period start="PT0S">
      <AdaptationSet contentType="video"><SegmentTemplate media="$Time$" duration="1" timescale="1000"/>
      <Representation id="v" bandwidth="1"/></AdaptationSet></Period></MPD>)");
  ASSERT_TRUE(manifest);
  const Representation& representation =
      manifest->periods[0].adaptation_sets[0].representations[0].representation;
  EXPECT_EQ(representation.timeline.size(), 1'700'000'000'000);
  EXPECT_EQ(representation.resource(1'699'999'999'999).url, "http://host.test/a/1699999999999");
}

TEST(DashManifest, FindsElementsUnderAPrefix) {
  const auto manifest = parse(
      R"(<m:MPD xmlns:m="urn:mpeg:dash:schema:mpd:2011"><m:Period id="a"/><Period id="b"/></m:MPD>)");
  ASSERT_TRUE(manifest);
  EXPECT_EQ(manifest->periods.size(), 1U);
}

struct BadCase {
  const char* text;
  const char* where;
  const char* message;
};

TEST(DashManifest, RefusalsNameLineElementAndReason) {
  const BadCase cases[] = {
      {"<MPD>\n<Period>\n</MPD>", "line", "well-formed"},
      {"<html/>", "<html>", "not <MPD>"},
      {"<MPD>\n\n<Period start=\"soon\"/></MPD>", "line 3 <Period>", "start=\"soon\""},
      {"<MPD><Period>\n<AdaptationSet><Representation "
       "bandwidth=\"x\"/></AdaptationSet></Period></MPD>",
       "line 2 <Representation>", "bandwidth"},
      {"<MPD><Period><AdaptationSet>\n<SegmentTemplate "
       "timescale=\"0\"/></AdaptationSet></Period></MPD>",
       "line 2 <SegmentTemplate>", "timescale"},
      {"<MPD><Period><AdaptationSet><SegmentTemplate><SegmentTimeline>\n<S "
       "t=\"0\"/></SegmentTimeline></SegmentTemplate>"
       "<Representation/></AdaptationSet></Period></MPD>",
       "line 2 <S>", "has no d"},
      {"<MPD><x:a/></MPD>", "<x:a>", "prefix"},
      {"<MPD mediaPresentationDuration=\"P500Y\"/>", "<MPD>", "range"},
  };
  for (const BadCase& row : cases) {
    const auto manifest = parse(row.text);
    ASSERT_FALSE(manifest) << row.text;
    EXPECT_THAT(manifest.error().where, HasSubstr(row.where));
    EXPECT_THAT(manifest.error().message, HasSubstr(row.message));
  }
}

TEST(DashManifest, WhatHasNoEndIsLeftOut) {
  const std::string endless =
      R"(<SegmentTemplate media="$Number$" duration="2"/><Representation id="endless" bandwidth="1"/>)";
  const std::string pictures = R"(<AdaptationSet mimeType="video/mp4">)" + endless;
  const std::string sound =
      R"(<AdaptationSet mimeType="audio/mp4"><SegmentTemplate media="$Number$">
         <SegmentTimeline><S t="0" d="2" r="2"/></SegmentTimeline></SegmentTemplate>
         <Representation id="told" bandwidth="1"/></AdaptationSet>)";
  const std::string thumbnails =
      R"(<AdaptationSet mimeType="image/jpeg">)" + endless + "</AdaptationSet>";
  const auto beside_sound = parse("<MPD><Period>" + sound + thumbnails + "</Period></MPD>");
  ASSERT_TRUE(beside_sound) << to_string(beside_sound.error());
  const auto& sets = beside_sound->periods[0].adaptation_sets;
  EXPECT_EQ(sets[0].representations[0].representation.timeline.size(), 3);
  EXPECT_EQ(sets[1].representations[0].representation.timeline.size(), 0);
  const auto behind_another =
      parse("<MPD><Period duration=\"PT10S\">" + pictures + "</AdaptationSet></Period><Period>" +
            pictures + "</AdaptationSet></Period></MPD>");
  ASSERT_TRUE(behind_another) << to_string(behind_another.error());
  EXPECT_EQ(to_presentation(*behind_another).duration, 10s);
  const auto alone =
      parse("<MPD><Period>\n" + pictures + "</AdaptationSet>" + thumbnails + "</Period></MPD>");
  ASSERT_FALSE(alone);
  EXPECT_THAT(alone.error().where, HasSubstr("line 2 <SegmentTemplate>"));
  EXPECT_THAT(alone.error().message, HasSubstr("how many segments"));
}

TEST(DashManifest, RefusesWhatIsTooDeepOrTooMuch) {
  std::string deep = "<MPD>";
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  for (int i = 0; i < 100'000; ++i) deep += "</a>";
  const auto too_deep = parse(deep + "</MPD>");
  ASSERT_FALSE(too_deep);
  EXPECT_EQ(too_deep.error().code, ErrorCode::limit_exceeded);

  // A long list of segments that every representation inherits.
  std::string many = "<MPD><Period duration=\"P1D\"><SegmentList duration=\"1\">";
  for (int i = 0; i < 20'000; ++i) many += "<SegmentURL media=\"a\"/>";
  many += "</SegmentList><AdaptationSet>";
  for (int i = 0; i < 200; ++i) many += "<Representation/>";
  const auto too_much = parse(many + "</AdaptationSet></Period></MPD>");
  ASSERT_FALSE(too_much);
  EXPECT_EQ(too_much.error().code, ErrorCode::limit_exceeded);
}

TEST(DashManifest, APresentationHoldsOnlyThePeriodsSegments) {
  const auto manifest = parse(mpd(R"(<Period duration="PT10S"><AdaptationSet contentType="video">
      <SegmentTemplate media="$Number$" presentationTimeOffset="100" startNumber="1">
        <SegmentTimeline><S t="92" d="4" r="9"/></SegmentTimeline></SegmentTemplate>
      <Representation id="b" bandwidth="2"/><Representation id="a" bandwidth="1"/>
    </AdaptationSet><AdaptationSet contentType="video"><EssentialProperty schemeIdUri="http://dashif.org/guidelines/trickmode" value="1"/>
      <Representation id="t" bandwidth="1"/></AdaptationSet></Period><Period id="empty"/>)"));
  ASSERT_TRUE(manifest) << to_string(manifest.error());
  const Presentation presentation = to_presentation(*manifest);
  ASSERT_EQ(presentation.periods.size(), 1U);
  ASSERT_EQ(presentation.periods[0].adaptation_sets.size(), 1U) << "trick play is left out";
  const auto& representations = presentation.periods[0].adaptation_sets[0].representations;
  EXPECT_EQ(representations[0].id, "a") << "sorted by bandwidth";
  EXPECT_EQ(representations[0].timeline.size(), 3) << "those that lie in 100..110";
  EXPECT_EQ(representations[0].resource(0).url, "http://host.test/a/3");
  EXPECT_EQ(representations[0].timeline.start(0), MediaTime(0s));
}

}  // namespace
}  // namespace rung::media
