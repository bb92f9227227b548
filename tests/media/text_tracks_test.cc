#include "media/text_tracks.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "media/presentation_loader.h"

namespace rung::media {
namespace {

using namespace std::chrono_literals;

Presentation presentation_of(const std::string& manifest, const std::string& url,
                             const std::string& playlist = "") {
  auto loader = PresentationLoader::create(manifest, url, {});
  EXPECT_TRUE(loader) << to_string(loader.error());
  while (const auto document = loader->next_document())
    EXPECT_TRUE(loader->supply(*document, playlist, document->url));
  return std::move(*loader).finish().value();
}

const std::string mpd = R"(<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"
    mediaPresentationDuration="PT20S">
  <Period duration="PT10S">
    <AdaptationSet contentType="video" mimeType="video/mp4">
      <SegmentTemplate media="v$Number$.m4s" duration="5"/>
      <Representation id="v" bandwidth="1000" codecs="avc1.64001f"/>
    </AdaptationSet>
    <AdaptationSet mimeType="text/vtt" lang="de">
      <Representation id="de" bandwidth="100"><BaseURL>de.vtt</BaseURL></Representation>
    </AdaptationSet>
    <AdaptationSet contentType="text" mimeType="application/mp4" codecs="stpp" lang="en">
      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
      <SegmentTemplate media="en-$Number$.m4s" initialization="en.mp4" duration="4"
                       presentationTimeOffset="100"/>
      <Representation id="en" bandwidth="100"/>
    </AdaptationSet>
    <AdaptationSet mimeType="application/ttml+xml" lang="en">
      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="forced-subtitle"/>
      <Representation id="forced" bandwidth="100"><BaseURL>forced.xml</BaseURL></Representation>
    </AdaptationSet>
  </Period>
  <Period duration="PT10S">
    <AdaptationSet contentType="video" mimeType="video/mp4">
      <SegmentTemplate media="w$Number$.m4s" duration="5"/>
      <Representation id="v" bandwidth="1000" codecs="avc1.64001f"/>
    </AdaptationSet>
    <AdaptationSet mimeType="text/vtt" lang="de">
      <Representation id="de" bandwidth="100"><BaseURL>de2.vtt</BaseURL></Representation>
    </AdaptationSet>
  </Period>
</MPD>)";

TEST(TextTracks, AreOneOverAllPeriods) {
  const auto tracks = text_tracks(presentation_of(mpd, "http://host.test/a/m.mpd"));
  ASSERT_EQ(tracks.size(), 3U);
  EXPECT_EQ(tracks[0].language, "de");
  EXPECT_EQ(tracks[1].language, "en");
  EXPECT_TRUE(tracks[1].is_default);
  EXPECT_TRUE(tracks[2].is_forced);
}

TEST(TextTracks, AreFoundByLanguageAndPurpose) {
  const auto tracks = text_tracks(presentation_of(mpd, "http://host.test/a/m.mpd"));
  EXPECT_EQ(find_text_track(tracks, "DE", false), 0U);
  EXPECT_EQ(find_text_track(tracks, "en", false), 1U);
  EXPECT_EQ(find_text_track(tracks, "en", true), 2U);
  EXPECT_EQ(find_text_track(tracks, "de", true), std::nullopt);
  EXPECT_EQ(find_text_track(tracks, "", false), std::nullopt);
}

TEST(TextTracks, PiecesOfDashLieOnTheTitlesTimeLine) {
  const Presentation presentation = presentation_of(mpd, "http://host.test/a/m.mpd");
  const auto tracks = text_tracks(presentation);
  const auto german = text_pieces(presentation, tracks[0], MediaTime(2s), MediaTime(30s), 10);
  ASSERT_EQ(german.size(), 2U);
  EXPECT_EQ(german[0].resource.url, "http://host.test/a/de.vtt");
  EXPECT_EQ(german[0].end, MediaTime(10s));
  EXPECT_EQ(german[0].shift, 0s);
  EXPECT_EQ(german[1].resource.url, "http://host.test/a/de2.vtt");
  EXPECT_EQ(german[1].shift, 10s);
  const auto english = text_pieces(presentation, tracks[1], MediaTime(4s), MediaTime(30s), 10);
  ASSERT_EQ(english.size(), 2U);
  EXPECT_EQ(english[0].resource.url, "http://host.test/a/en-2.m4s");
  EXPECT_EQ(english[0].init->url, "http://host.test/a/en.mp4");
  EXPECT_EQ(english[0].shift, -100s);
  EXPECT_EQ(text_pieces(presentation, tracks[1], MediaTime(4s), MediaTime(30s), 1).size(), 1U);
}

TEST(TextTracks, OfHlsArePlaylistsThatNobodyFetchesUnasked) {
  const std::string master =
      "#EXTM3U\n"
      "#EXT-X-DEFINE:NAME=\"host\",VALUE=\"cdn\"\n"
      "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"t\",NAME=\"Deutsch\",LANGUAGE=\"de\",DEFAULT=YES,"
      "URI=\"{$host}/de.m3u8\"\n"
      "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"t\",NAME=\"Deutsch\",LANGUAGE=\"de\",FORCED=YES,"
      "URI=\"de-forced.m3u8\"\n"
      "#EXT-X-STREAM-INF:BANDWIDTH=1000,CODECS=\"avc1.64001f\",SUBTITLES=\"t\"\nv.m3u8\n";
  auto loader = PresentationLoader::create(master, "http://host.test/a/m.m3u8", {});
  ASSERT_TRUE(loader);
  int documents = 0;
  while (loader->next_document()) ++documents;
  EXPECT_EQ(documents, 1);
  const Presentation presentation =
      presentation_of(master, "http://host.test/a/m.m3u8",
                      "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n1.m4s\n#EXT-X-ENDLIST\n");
  const auto tracks = text_tracks(presentation);
  ASSERT_EQ(tracks.size(), 2U);
  EXPECT_EQ(tracks[0], (TextTrack{.language = "de",
                                  .name = "Deutsch",
                                  .playlist = "http://host.test/a/cdn/de.m3u8",
                                  .is_default = true}));
  EXPECT_TRUE(tracks[1].is_forced);
  EXPECT_EQ(presentation.variables, (std::vector<HlsVariable>{{"host", "cdn"}}));
}

std::vector<PlacedSegment> segments() {
  std::vector<PlacedSegment> result(3);
  for (std::size_t i = 0; i < result.size(); ++i) {
    result[i].start = MediaTime(4s * static_cast<int>(i));
    result[i].duration = 4s;
    result[i].resource.url = std::to_string(i);
  }
  return result;
}

TEST(TextTracks, PiecesOfHlsAreThoseOfThePlaylistWithoutGaps) {
  auto listed = segments();
  listed[1].encryption = Encryption{};
  const auto pieces = text_pieces(listed, MediaTime(5s), MediaTime(20s), 10);
  ASSERT_EQ(pieces.size(), 2U);
  EXPECT_EQ(pieces[0].resource.url, "1");
  EXPECT_TRUE(pieces[0].is_encrypted);
  EXPECT_FALSE(pieces[0].shift);
  listed[1].gap = true;
  EXPECT_EQ(text_pieces(listed, MediaTime(5s), MediaTime(20s), 10).size(), 1U);
}

TEST(TextTracks, APieceIsAloneWhereItsTrackHasNoOther) {
  const Presentation presentation = presentation_of(mpd, "http://host.test/a/m.mpd");
  const auto tracks = text_tracks(presentation);
  const auto alone = [&](std::size_t track) {
    return text_pieces(presentation, tracks[track], MediaTime(1s), MediaTime(2s), 10)
        .at(0)
        .is_alone;
  };
  EXPECT_FALSE(alone(0)) << "another one is in the next period";
  EXPECT_FALSE(alone(1));
  EXPECT_TRUE(alone(2));
  EXPECT_FALSE(text_pieces(segments(), MediaTime(1s), MediaTime(2s), 1).at(0).is_alone);
}

TEST(ReadText, TakesTheTimesOfDashAsThePeriodPutsThem) {
  const TextPiece piece{.start = MediaTime(10s), .end = MediaTime(20s), .shift = 10s};
  const auto text = read_text(piece, "", "WEBVTT\n\n00:01.000 --> 00:02.000\nx\n");
  ASSERT_TRUE(text);
  EXPECT_EQ(text->cues.at(0).start, MediaTime(11s));
  const auto early = read_text({.shift = -90s}, "",
                               "WEBVTT\n\n00:01.000 --> 00:02.000\nx\n\n"
                               "01:29.000 --> 01:31.000\ny\n");
  ASSERT_EQ(early->cues.size(), 1U);
  EXPECT_EQ(early->cues.at(0).start, MediaTime{});
  EXPECT_EQ(early->cues.at(0).end, MediaTime(1s));
}

TEST(ReadText, PutsCuesOfHlsBesideThePicturesByTheirClock) {
  const TextPiece piece{.start = MediaTime(8s), .end = MediaTime(12s)};
  const auto text = read_text(
      piece, "",
      "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000\n\n00:09.000 --> 00:10.000\nx\n");
  ASSERT_TRUE(text);
  ASSERT_TRUE(text->map);
  EXPECT_EQ(text->cues.at(0).start, MediaTime(9s)) << "as it is written";
  // The pictures' first time stamp is 10 s, and behind a discontinuity 500 s.
  const std::vector<Duration> offsets{-500s, -10s};
  EXPECT_EQ(clock_shift(*text, piece, offsets), ClockShift{});
  // The 33 bits have been through once.
  const std::vector<Duration> wrapped{from_ticks(std::int64_t{1} << 33U, 90'000) - 10s};
  EXPECT_EQ(clock_shift(*text, piece, wrapped), ClockShift{});
  EXPECT_EQ(clock_shift(*text, piece, {}), ClockShift{});
  // The right one is not known yet, which its distance tells.
  const std::vector<Duration> other{-500s};
  EXPECT_EQ(clock_shift(*text, piece, other), (ClockShift{.shift = -490s, .away = 488s}));
  // A cue that goes on from the piece before is next to this one.
  const std::vector<Duration> before{-11500ms};
  EXPECT_EQ(clock_shift(*text, piece, before).away, 0s);
}

TEST(ReadText, OfLiveHlsWithoutAMapCountsAsTheMediaDoesOrFromItsSegment) {
  const TextPiece piece{.start = MediaTime(8s), .end = MediaTime(12s), .is_live = true};
  const std::vector<Duration> offsets{-1000s};
  const auto shift = [&](const std::string& times) {
    const auto text = read_text(piece, "", "WEBVTT\n\n" + times + "\nx\n");
    EXPECT_TRUE(text && text->map);
    return clock_shift(*text, piece, offsets);
  };
  // The media's clock is at 1008 s where the segment begins.
  EXPECT_EQ(shift("16:49.000 --> 16:50.000"), ClockShift{.shift = -1000s});
  EXPECT_EQ(shift("00:01.000 --> 00:02.000"), ClockShift{.shift = 8s});
  TextPiece recorded = piece;
  recorded.is_live = false;
  EXPECT_FALSE(read_text(recorded, "", "WEBVTT\n\n00:09.000 --> 00:10.000\nx\n")->map)
      << "counts from the title's beginning";
}

TEST(ReadText, TellsTheFormatsApart) {
  const TextPiece piece{.end = MediaTime(5s), .shift = 0s};
  const auto ttml = read_text(piece, "", "\n<tt><body><div><p end='1s'>x</p></div></body></tt>");
  ASSERT_TRUE(ttml);
  EXPECT_EQ(ttml->cues.size(), 1U);
  EXPECT_TRUE(read_text(piece, "", "")->cues.empty());
  for (const bool big_endian : {false, true}) {
    const std::string text = "<tt><body><div><p end='1s'>\xE9</p></div></body></tt>";
    std::string wide = big_endian ? "\xFE\xFF" : "\xFF\xFE";
    for (const char c : text) wide += big_endian ? std::string{'\0', c} : std::string{c, '\0'};
    const auto read = read_text(piece, "", wide);
    ASSERT_TRUE(read) << to_string(read.error());
    EXPECT_EQ(plain_text(read->cues.at(0)), "\xC3\xA9");
  }
  EXPECT_EQ(read_text(piece, "", "SubRip").error().code, ErrorCode::malformed);
  EXPECT_EQ(read_text(piece, "", std::string("\0\0\0\x8styp", 8)).error().code,
            ErrorCode::malformed)
      << "without an init segment";
}

}  // namespace
}  // namespace rung::media
