#include "network_sim/emulator/live_title.h"

#include <chrono>
#include <cstdint>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media/dash_manifest.h"
#include "media/hls_delta.h"
#include "media/hls_playlist.h"
#include "media/hls_presentation.h"
#include "tests/media/boxes.h"
#include "tests/support/temporary_directory.h"

namespace rung::emulator {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Kind = LiveTitle::Answer::Kind;

constexpr std::string_view host = "127.0.0.1:8080";
constexpr Duration launch = std::chrono::hours(24 * 365 * 50);

/// Three segments of two seconds of pictures, and of about that of sound.
constexpr std::string_view mpd =
    R"(<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT6S">
 <Period><AdaptationSet contentType="video" mimeType="video/mp4">
   <SegmentTemplate duration="2" initialization="v/init.mp4" media="v/$Number$.m4s"/>
   <Representation id="v" bandwidth="100000" codecs="avc1.42c01e"/></AdaptationSet>
  <AdaptationSet contentType="audio" mimeType="audio/mp4">
   <SegmentTemplate timescale="100" initialization="a/init.mp4" media="a/$Number$.m4s">
    <SegmentTimeline><S t="0" d="201"/><S d="199" r="1"/></SegmentTimeline></SegmentTemplate>
   <Representation id="a" bandwidth="64000" codecs="mp4a.40.2"/></AdaptationSet></Period></MPD>)";

constexpr std::string_view playlist =
    "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MAP:URI=\"init.mp4\"\n#EXTINF:2,\n1.m4s\n"
    "#EXTINF:2,\n2.m4s\n#EXTINF:1.99,\n3.m4s\n#EXT-X-ENDLIST\n";

class LiveTitleTest : public testing::Test {
 protected:
  void write(const std::string& name, std::string_view text) {
    std::filesystem::create_directories((directory_.path() / name).parent_path());
    std::ofstream(directory_.path() / name, std::ios::binary) << text;
  }
  [[nodiscard]] Expected<LiveTitle> load() {
    return LiveTitle::load(directory_.path(), {.window = 8s}, launch);
  }
  /// With both manifests.
  [[nodiscard]] LiveTitle title() {
    write("title.mpd", mpd);
    write("v/index.m3u8", playlist);
    return load().value();
  }
  /// Since the first round began.
  [[nodiscard]] static LiveTitle::Answer at(const LiveTitle& title, std::string_view target,
                                            Duration time) {
    return title.at(target, host, launch - 8s - 2010ms + time);
  }
  test::TemporaryDirectory directory_;
};

TEST_F(LiveTitleTest, ASegmentIsThereFromItsLastPictureOnAndForTheWindow) {
  const LiveTitle title = this->title();
  EXPECT_EQ(at(title, "/round-1/v/2.m4s", 9'999ms).kind, Kind::missing);
  const auto there = at(title, "/round-1/v/2.m4s", 10'000ms);
  EXPECT_EQ(there.kind, Kind::file);
  EXPECT_EQ(there.path, "/v/2.m4s");
  EXPECT_EQ(at(title, "/round-1/v/2.m4s", 18s).kind, Kind::file);
  EXPECT_EQ(at(title, "/round-1/v/2.m4s", 23s).kind, Kind::missing);
  EXPECT_EQ(at(title, "/round-999999/v/init.mp4", 0s).kind, Kind::file);
  EXPECT_EQ(at(title, "/v/2.m4s", 10s).kind, Kind::missing);
  for (const char* hostile :
       {"/round-", "/round--1/v/2.m4s", "/round-99999999999999999999/v/2.m4s"})
    EXPECT_EQ(at(title, hostile, 10s).kind, Kind::missing) << hostile;
}

TEST_F(LiveTitleTest, ThumbnailsAreToldOfAndAlwaysThere) {
  std::string text(mpd);
  text.insert(text.find("</Period>"),
              R"(<AdaptationSet contentType="image" mimeType="image/jpeg">
   <SegmentTemplate duration="60" media="t/$Number$.jpg"/>
   <Representation id="t" bandwidth="1000" width="320" height="180">
    <EssentialProperty schemeIdUri="http://dashif.org/guidelines/thumbnail_tile" value="5x6"/>
   </Representation></AdaptationSet>)");
  write("title.mpd", text);
  write("v/index.m3u8", playlist);
  write("t/index.m3u8",
        "#EXTM3U\n#EXT-X-IMAGES-ONLY\n#EXTINF:3,\n"
        "#EXT-X-TILES:RESOLUTION=64x36,LAYOUT=5x6,DURATION=0.1\n1.jpg\n#EXT-X-ENDLIST\n");
  const LiveTitle title = load().value();
  const std::string live = at(title, "/title.mpd", 11s).text;
  EXPECT_THAT(live, HasSubstr("thumbnail_tile"));
  EXPECT_THAT(live, HasSubstr("minimumUpdatePeriod=\"PT2.010000000S\"")) << "no image is a segment";
  EXPECT_EQ(at(title, "/round-1/t/1.jpg", 11s).path, "/t/1.jpg");
  const std::string images = at(title, "/t/index.m3u8", 11s).text;
  EXPECT_THAT(images, HasSubstr("#EXT-X-IMAGES-ONLY\n"));
  EXPECT_THAT(images, HasSubstr("#EXT-X-PROGRAM-DATE-TIME:"));
  EXPECT_THAT(images, HasSubstr("#EXT-X-TILES:RESOLUTION=64x36,LAYOUT=5x6,DURATION=0.100000000\n"
                                "#EXTINF:"));
}

TEST_F(LiveTitleTest, TheMpdAnnouncesThePeriodsOfTheWindowAndWhatIsThere) {
  const LiveTitle title = this->title();
  // The window reaches from 3 s, in the first round, to 11 s, in the second.
  const std::string text = at(title, "/title.mpd", 11s).text;
  const Duration clock = launch - 8s - 2010ms + 11s;
  const auto live =
      media::parse_dash_manifest(text, "http://127.0.0.1:8080/title.mpd", clock).value();
  EXPECT_TRUE(live.is_live());
  EXPECT_EQ(live.availability_start_time, launch - 10'010ms);
  EXPECT_EQ(live.time_shift_buffer_depth, 8s);
  EXPECT_THAT(text, HasSubstr("value=\"http://127.0.0.1:8080/time.iso\""));
  ASSERT_EQ(live.periods.size(), 2U);
  EXPECT_EQ(live.periods[1].start, 6s);
  const auto& video = live.periods[1].adaptation_sets[0].representations[0].representation;
  ASSERT_EQ(video.timeline.size(), 2);
  EXPECT_EQ(video.resource(1).url, "http://127.0.0.1:8080/round-1/v/2.m4s");
  EXPECT_EQ(video.init->url, "http://127.0.0.1:8080/round-1/v/init.mp4");
  const auto& sound = live.periods[1].adaptation_sets[1].representations[0].representation;
  ASSERT_EQ(sound.timeline.size(), 2);
  EXPECT_EQ(sound.timeline.duration(0), 2'010ms);
  // What has left the window is not announced, and the numbers go on.
  const auto& old = live.periods[0].adaptation_sets[1].representations[0].representation;
  ASSERT_EQ(old.timeline.size(), 2);
  EXPECT_EQ(old.resource(0).url, "http://127.0.0.1:8080/round-0/a/2.m4s");
}

TEST_F(LiveTitleTest, ThePlaylistSlidesAndMarksEveryRound) {
  const LiveTitle title = this->title();
  const auto read = [&](Duration time) {
    const auto parsed = media::parse_hls_playlist(at(title, "/v/index.m3u8", time).text,
                                                  "http://127.0.0.1:8080/v/index.m3u8", {});
    return std::get<media::HlsMediaPlaylist>(parsed.value().content);
  };
  const media::HlsMediaPlaylist first = read(11s);
  EXPECT_FALSE(first.has_end);
  EXPECT_EQ(first.media_sequence, 1);
  EXPECT_EQ(first.discontinuity_sequence, 0);
  ASSERT_EQ(first.segments.size(), 4U);
  EXPECT_EQ(first.segments[1].uri, "/round-0/v/3.m4s");
  EXPECT_FALSE(first.segments[1].discontinuity);
  EXPECT_TRUE(first.segments[2].discontinuity);
  EXPECT_EQ(first.maps[*first.segments[2].map].uri, "/v/init.mp4");
  const media::HlsMediaPlaylist later = read(17s);
  EXPECT_EQ(later.media_sequence, 4);
  EXPECT_EQ(later.discontinuity_sequence, 1);
  // Rounds follow each other without a gap: both ends fall on the MPD's.
  EXPECT_EQ(first.segments[1].duration, 2s);
}

TEST_F(LiveTitleTest, SubtitlesInADocumentOfTheirOwnAreThereInEveryRound) {
  std::string with_text(mpd);
  with_text.insert(with_text.find("</Period>"),
                   "<AdaptationSet mimeType='text/vtt' lang='en'><Representation id='t' "
                   "bandwidth='1'><BaseURL>t/en.vtt</BaseURL></Representation></AdaptationSet>");
  write("title.mpd", with_text);
  write("t/en.vtt", "WEBVTT\n");
  const LiveTitle title = load().value();
  const auto answer = at(title, "/title.mpd", 13s);
  EXPECT_THAT(answer.text, HasSubstr("<BaseURL>t/en.vtt</BaseURL>"));
  const auto text = at(title, "/round-1/t/en.vtt", 7s);
  EXPECT_EQ(text.kind, Kind::file);
  EXPECT_EQ(text.path, "/t/en.vtt");
  with_text.replace(with_text.find("t/en.vtt"), 8, "http://elsewhere/en.vtt");
  write("title.mpd", with_text);
  EXPECT_FALSE(load());
}

TEST_F(LiveTitleTest, WhoKnowsAPlaylistIsToldOfItsEndAlone) {
  write("title.mpd", mpd);
  write("v/index.m3u8", playlist);
  const LiveTitle title = LiveTitle::load(directory_.path(), {.window = 30s}, launch).value();
  const auto text = [&](const char* target, Duration time) {
    return title.at(target, host, launch + time).text;
  };
  const std::string known = text("/v/index.m3u8", 0s);
  EXPECT_THAT(known, HasSubstr("CAN-SKIP-UNTIL=12\n"));
  const std::string delta = text("/v/index.m3u8?_HLS_skip=YES", 3s);
  const std::string whole = text("/v/index.m3u8", 3s);
  EXPECT_THAT(delta, HasSubstr("#EXT-X-SKIP:SKIPPED-SEGMENTS="));
  EXPECT_LT(delta.size(), whole.size() / 2 + 200);
  const auto segments = [](const std::string& written) {
    const auto parsed = media::parse_hls_playlist(written, "http://x/v/index.m3u8", {}).value();
    auto placed = media::placed({std::get<media::HlsMediaPlaylist>(parsed.content), "http://x/v/"});
    for (auto& segment : placed) segment.clock.reset();
    return placed;
  };
  EXPECT_EQ(segments(media::undo_hls_skip(known, delta).value()), segments(whole));
}

TEST_F(LiveTitleTest, AChunkedSegmentIsThereFromItsFirstChunkOn) {
  const std::string chunk = media::small_chunk();
  for (const char* track : {"v", "a"}) {
    write(std::string(track) + "/init.mp4", media::small_init());
    for (const char* number : {"1", "2", "3"})
      write(std::string(track) + "/" + number + ".m4s", chunk + chunk + chunk + chunk);
  }
  write("title.mpd", mpd);
  write("t/index.m3u8", "#EXTM3U\n#EXTINF:2,\n1.vtt\n#EXTINF:2,\n2.vtt\n#EXT-X-ENDLIST\n");
  const LiveOptions chunked{.window = 8s, .chunked = true};
  const LiveTitle title = LiveTitle::load(directory_.path(), chunked, launch).value();
  // It begins at 8 s; who knows of it in advance may wait for it.
  EXPECT_EQ(at(title, "/round-1/v/2.m4s", 5'900ms).kind, Kind::missing);
  EXPECT_EQ(at(title, "/round-1/v/2.m4s", 6s).kind, Kind::file);
  const auto growing = at(title, "/round-1/v/2.m4s", 9s);
  EXPECT_EQ(growing.path, "/v/2.m4s");
  ASSERT_EQ(growing.chunks.size(), 4U);
  EXPECT_EQ(growing.chunks[1].end, static_cast<std::int64_t>(2 * chunk.size()));
  EXPECT_EQ(growing.chunks[1].at, launch - 8s - 2010ms + 9s);
  EXPECT_EQ(growing.chunks[3].at - growing.chunks[0].at, 1500ms);
  EXPECT_TRUE(at(title, "/round-1/v/2.m4s", 10s).chunks.empty());
  // Text comes as one.
  EXPECT_EQ(at(title, "/round-1/t/1.vtt", 7'900ms).kind, Kind::missing);
  EXPECT_EQ(at(title, "/round-1/t/1.vtt", 8s).kind, Kind::file);
  const std::string text = at(title, "/title.mpd", 11s).text;
  const auto live =
      media::parse_dash_manifest(text, "http://x/title.mpd", launch - 8s - 2010ms + 11s).value();
  for (const auto& set : live.periods[1].adaptation_sets) {
    EXPECT_FALSE(set.availability_time_complete);
    EXPECT_EQ(set.availability_time_offset, 1490ms);
  }
  EXPECT_EQ(live.service_description->target_latency, 2510ms);
  // The sound's time line tells of what comes next.
  EXPECT_EQ(live.periods[1].adaptation_sets[1].representations[0].representation.timeline.size(),
            3);
  write("v/2.m4s", "nothing of the kind");
  EXPECT_THAT(to_string(LiveTitle::load(directory_.path(), chunked, launch).error()),
              HasSubstr("rung package --chunk"));
}

TEST_F(LiveTitleTest, TellsItsTime) {
  EXPECT_EQ(at(title(), "/time.iso", 10'010ms + 1500ms).text, "2019-12-20T00:00:01.500Z");
}

TEST_F(LiveTitleTest, RefusesWhatCannotBeShownLive) {
  EXPECT_EQ(load().error().code, ErrorCode::not_found);
  write("live.mpd", R"(<MPD type="dynamic"><Period/></MPD>)");
  EXPECT_THAT(to_string(load().error()), HasSubstr("live.mpd: is live already"));
  std::filesystem::remove(directory_.path() / "live.mpd");
  write("x.m3u8", "#EXTM3U\n#EXTINF:2,\n#EXT-X-BYTERANGE:10@0\nx.mp4\n");
  EXPECT_THAT(load().error().message, HasSubstr("a file a segment"));
  write("x.m3u8", "#EXTM3U\n#EXTINF:2,\nhttps://elsewhere.example/x.mp4\n");
  EXPECT_THAT(load().error().message, HasSubstr("another server"));
  write("x.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n");
  EXPECT_THAT(to_string(load().error()), HasSubstr("x.m3u8: lists no segments"));
  write("x.m3u8", playlist);
  write("v/index.m3u8", std::string(playlist) + "#EXTINF:100,\n4.m4s\n");
  write("x.mpd", "<MPD");
  EXPECT_EQ(load().error().code, ErrorCode::malformed);
}

}  // namespace
}  // namespace rung::emulator
