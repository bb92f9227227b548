#include "media/hls_playlist.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/limits.h"

namespace rung::media {
namespace {

using namespace std::chrono_literals;

Expected<HlsPlaylist> parse(const std::string& text, const std::string& url = "http://h/p.m3u8") {
  return parse_hls_playlist(text, url, {});
}

HlsMediaPlaylist media(const std::string& text) {
  const auto playlist = parse(text);
  EXPECT_TRUE(playlist) << to_string(playlist.error());
  return std::get<HlsMediaPlaylist>(playlist->content);
}

HlsMultivariantPlaylist multivariant(const std::string& text) {
  const auto playlist = parse(text);
  EXPECT_TRUE(playlist) << to_string(playlist.error());
  return std::get<HlsMultivariantPlaylist>(playlist->content);
}

TEST(HlsPlaylist, ReadsAMediaPlaylist) {
  const auto playlist = parse(
      "#EXTM3U\r\n#EXT-X-VERSION:7\r\n#EXT-X-TARGETDURATION:10\r\n#EXT-X-MEDIA-SEQUENCE:7\r\n"
      "#EXT-X-DISCONTINUITY-SEQUENCE:2\r\n#EXT-X-PLAYLIST-TYPE:VOD\r\n#EXT-X-INDEPENDENT-"
      "SEGMENTS\r\n"
      "# a comment\r\n#EXTINF:9.009,First, "
      "one\r\n1.ts\r\n\r\n#EXTINF:3\r\n2.ts\r\n#EXT-X-ENDLIST\r\n");
  ASSERT_TRUE(playlist);
  EXPECT_EQ(playlist->version, 7);
  EXPECT_TRUE(playlist->independent_segments);
  const auto& content = std::get<HlsMediaPlaylist>(playlist->content);
  EXPECT_EQ(content.target_duration, 10s);
  EXPECT_EQ(content.media_sequence, 7);
  EXPECT_EQ(content.discontinuity_sequence, 2);
  EXPECT_EQ(content.playlist_type, "VOD");
  EXPECT_TRUE(content.has_end);
  ASSERT_EQ(content.segments.size(), 2U);
  EXPECT_EQ(content.segments[0].duration, 9009ms);
  EXPECT_EQ(content.segments[0].title, "First, one");
  EXPECT_EQ(content.segments[1].uri, "2.ts");
}

TEST(HlsPlaylist, TagsSpeakOfTheNextSegment) {
  const auto playlist = media(
      "#EXTM3U\n#EXTINF:1,\n#EXT-X-DISCONTINUITY\n#EXT-X-GAP\n"
      "#EXT-X-PROGRAM-DATE-TIME:2010-02-19T14:54:23.031Z\na\n#EXTINF:1,\nb\n");
  EXPECT_TRUE(playlist.segments[0].discontinuity);
  EXPECT_TRUE(playlist.segments[0].gap);
  EXPECT_EQ(playlist.segments[0].program_date_time, 1266591263s + 31ms);
  EXPECT_FALSE(playlist.segments[1].discontinuity);
  EXPECT_FALSE(playlist.segments[1].gap);
  EXPECT_EQ(playlist.segments[1].program_date_time, std::nullopt);
}

TEST(HlsPlaylist, RangesFollowEachOther) {
  const auto playlist = media(
      "#EXTM3U\n#EXTINF:1,\n#EXT-X-BYTERANGE:100@50\na\n#EXTINF:1,\n#EXT-X-BYTERANGE:10\na\n#"
      "EXTINF:1,\nb\n");
  EXPECT_EQ(playlist.segments[0].range, (ByteRange{50, 100_bytes}));
  EXPECT_EQ(playlist.segments[1].range, (ByteRange{150, 10_bytes}));
  EXPECT_EQ(playlist.segments[2].range, std::nullopt);
}

TEST(HlsPlaylist, KeysAndMapsHoldUntilTheNext) {
  const auto playlist = media(
      "#EXTM3U\n#EXT-X-MAP:URI=\"i\",BYTERANGE=\"20@4\"\n#EXT-X-KEY:METHOD=AES-128,URI=\"k,1\",IV="
      "0X1f\n"
      "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"skd\",KEYFORMAT=\"com.apple.streamingkeydelivery\"\n"
      "#EXTINF:1,\na\n#EXTINF:1,\nb\n#EXT-X-KEY:METHOD=NONE\n#EXT-X-MAP:URI=\"j\"\n#EXTINF:1,"
      "\nc\n");
  ASSERT_EQ(playlist.segments.size(), 3U);
  EXPECT_EQ(playlist.maps[*playlist.segments[1].map], (HlsMap{"i", ByteRange{4, 20_bytes}}));
  const HlsKey& key = playlist.keys[*playlist.segments[1].key];
  EXPECT_EQ(key.method, "AES-128") << "the format that needs no DRM system";
  EXPECT_EQ(key.uri, "k,1");
  EXPECT_EQ(key.iv, "0000000000000000000000000000001f");
  EXPECT_EQ(playlist.segments[2].key, std::nullopt);
  EXPECT_EQ(playlist.maps[*playlist.segments[2].map].uri, "j");
}

TEST(HlsPlaylist, ReadsAMultivariantPlaylist) {
  const auto playlist = multivariant(
      "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"E, "
      "n\",LANGUAGE=\"en\",DEFAULT=YES,AUTOSELECT=YES,URI=\"a.m3u8\"\n"
      "#EXT-X-STREAM-INF:BANDWIDTH=1280000,AVERAGE-BANDWIDTH=1000000,CODECS=\"avc1.1,mp4a.40.2\","
      "RESOLUTION=640x360,FRAME-RATE=29.970,AUDIO=\"a\"\n"
      "v.m3u8\n#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=5,URI=\"i.m3u8\"\n");
  ASSERT_EQ(playlist.variants.size(), 1U);
  const HlsVariant& variant = playlist.variants[0];
  EXPECT_EQ(variant.uri, "v.m3u8");
  EXPECT_EQ(variant.bandwidth, 1'280'000);
  EXPECT_EQ(variant.average_bandwidth, 1'000'000);
  EXPECT_EQ(variant.codecs, "avc1.1,mp4a.40.2");
  EXPECT_EQ(variant.width, 640);
  EXPECT_EQ(variant.height, 360);
  EXPECT_NEAR(variant.frame_rate, 29.97, 1e-9);
  EXPECT_EQ(playlist.iframe_variants.at(0).uri, "i.m3u8");
  const HlsRendition& rendition = playlist.renditions.at(0);
  EXPECT_EQ(rendition.name, "E, n");
  EXPECT_TRUE(rendition.is_default);
  EXPECT_FALSE(rendition.forced);
}

TEST(HlsPlaylist, ReadsThePartsOfSegments) {
  const auto parsed = parse_hls_playlist(R"(#EXTM3U
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.5
#EXT-X-PART-INF:PART-TARGET=0.5
#EXT-X-PART:DURATION=0.5,URI="1.m4s",BYTERANGE="100@0"
#EXT-X-PART:DURATION=0.4,URI="1.m4s",BYTERANGE="50"
#EXTINF:0.9,
1.m4s
#EXT-X-PART:DURATION=0.5,URI="2.0.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=bad,URI="2.1.m4s"
#EXT-X-PART:DURATION=0.25,URI="2.1.m4s"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="2.2.m4s"
)",
                                         "http://h/v.m3u8", {});
  const auto& playlist = std::get<HlsMediaPlaylist>(parsed.value().content);
  EXPECT_EQ(playlist.part_target, 500ms);
  EXPECT_EQ(playlist.part_hold_back, 1500ms);
  EXPECT_TRUE(playlist.can_block_reload);
  ASSERT_EQ(playlist.segments.size(), 1U);
  ASSERT_EQ(playlist.segments[0].parts.size(), 2U);
  EXPECT_EQ(playlist.segments[0].parts[1].range, (ByteRange{100, 50_bytes}));
  ASSERT_TRUE(playlist.growing);
  EXPECT_EQ(playlist.growing->duration, 750ms);
  EXPECT_EQ(playlist.growing->parts.back().uri, "2.1.m4s");
}

TEST(HlsPlaylist, ReadsWhichPartComesNext) {
  const auto next = [](const std::string& attributes) {
    const auto playlist = parse_hls_playlist("#EXTM3U\n#EXT-X-PRELOAD-HINT:" + attributes + "\n",
                                             "http://h/v.m3u8", {});
    return std::get<HlsMediaPlaylist>(playlist.value().content).next_part;
  };
  EXPECT_EQ(next("TYPE=PART,URI=\"p\""), (HlsPart{"p", {}, std::nullopt}));
  EXPECT_EQ(next("TYPE=PART,URI=\"p\",BYTERANGE-START=8,BYTERANGE-LENGTH=4"),
            (HlsPart{"p", {}, ByteRange{8, 4_bytes}}));
  EXPECT_EQ(next("TYPE=PART,URI=\"p\",BYTERANGE-START=8"), std::nullopt) << "to an unknown end";
  EXPECT_EQ(next("TYPE=MAP,URI=\"p\""), std::nullopt);
  EXPECT_EQ(next("TYPE=PART"), std::nullopt);
}

TEST(HlsPlaylist, ReplacesVariables) {
  const std::string text =
      "#EXTM3U\n#EXT-X-DEFINE:NAME=\"host\",VALUE=\"http://x\"\n#EXT-X-DEFINE:QUERYPARAM=\"tok\"\n"
      "#EXT-X-DEFINE:IMPORT=\"path\"\n#EXTINF:1,\n{$host}/{$path}/1?t={$tok}&{x}\n";
  const auto playlist = parse_hls_playlist(text, "http://h/p?a=b&tok=%41b", {{"path", "p"}});
  ASSERT_TRUE(playlist);
  EXPECT_EQ(std::get<HlsMediaPlaylist>(playlist->content).segments[0].uri, "http://x/p/1?t=Ab&{x}");
  const auto undefined = parse("#EXTM3U\n#EXT-X-DEFINE:NAME=\"a\",VALUE=\"\"\n{$b}\n");
  ASSERT_FALSE(undefined);
  EXPECT_THAT(undefined.error().where, testing::HasSubstr("line 3"));
}

TEST(HlsPlaylist, TakesTheTargetDurationWhereNoneIsStated) {
  const auto playlist = media("#EXTM3U\n#EXT-X-TARGETDURATION:9\na\n#EXTINF:junk\nb\n");
  EXPECT_EQ(playlist.segments[0].duration, 9s);
  EXPECT_EQ(playlist.segments[1].duration, 9s);
}

TEST(HlsPlaylist, RangesOfNothingAreNone) {
  const auto playlist = media(
      "#EXTM3U\n#EXT-X-MAP:URI=\"i\",BYTERANGE=\"0@0\"\n#EXTINF:1,\n#EXT-X-BYTERANGE:0@5\n"
      "#EXT-X-PART:DURATION=1,URI=\"a\",BYTERANGE=\"0@0\"\na\n");
  EXPECT_FALSE(playlist.maps.at(0).range);
  EXPECT_FALSE(playlist.segments.at(0).range);
  EXPECT_FALSE(playlist.segments.at(0).parts.at(0).range);
}

TEST(HlsPlaylist, RefusesWhatIsTooMuch) {
  std::string many = "#EXTM3U\n";
  for (std::int64_t i = 0; i <= limits::listed_segments; ++i) many += "a\n";
  auto refused = parse(many);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::limit_exceeded);
  EXPECT_THAT(refused.error().where, testing::HasSubstr("line"));
  EXPECT_FALSE(parse("#EXTM3U\n#EXTINF:2207520000,\na\n#EXTINF:1,\na\n"));
  // Each part may become as long as the playlist's URL.
  std::string parts = "#EXTM3U\n";
  for (int i = 0; i < 20'000; ++i) parts += "#EXT-X-PART:DURATION=1,URI=\"a\"\n";
  EXPECT_TRUE(parse_hls_playlist(parts, "http://h/p", {}));
  refused = parse_hls_playlist(parts, "http://h/" + std::string(60'000, 'p'), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::limit_exceeded);
  EXPECT_FALSE(parse("hello"));
}

}  // namespace
}  // namespace rung::media
