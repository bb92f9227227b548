#include "media/hls_presentation.h"

#include <gtest/gtest.h>

namespace rung::media {
namespace {

using namespace std::chrono_literals;

TEST(HlsPresentation, VariantsOfOnePlaylistBecomeOneRepresentation) {
  HlsMultivariantPlaylist playlist;
  for (const auto& [uri, bandwidth, group] :
       {std::tuple{"v.m3u8", 900'000, "high"}, std::tuple{"v.m3u8", 700'000, "low"}}) {
    HlsVariant variant;
    variant.uri = uri;
    variant.bandwidth = bandwidth;
    variant.codecs = "avc1.1,mp4a.40.2";
    variant.width = 640;
    variant.height = 360;
    variant.audio = group;
    playlist.variants.push_back(variant);
    HlsRendition rendition;
    rendition.type = "AUDIO";
    rendition.group_id = group;
    rendition.uri = std::string(group) + ".m3u8";
    playlist.renditions.push_back(rendition);
  }
  const Presentation presentation = announced_presentation(playlist, "http://h/d/main.m3u8");
  const auto& sets = presentation.periods.at(0).adaptation_sets;
  ASSERT_EQ(sets.size(), 3U);
  EXPECT_FALSE(sets[0].is_muxed);
  ASSERT_EQ(sets[0].representations.size(), 1U);
  EXPECT_EQ(sets[0].representations[0].bandwidth, 700_kbps);
  EXPECT_EQ(sets[0].representations[0].codecs, "avc1.1");
  EXPECT_EQ(sets[0].representations[0].pending_document->url, "http://h/d/v.m3u8");
  EXPECT_EQ(sets[1].type, ContentType::audio);
  EXPECT_EQ(sets[1].representations[0].codecs, "mp4a.40.2");
}

TEST(HlsPresentation, AVariantWithoutABandwidthIsPlayedAllTheSame) {
  HlsMultivariantPlaylist playlist;
  for (const std::optional<std::int64_t> average : {std::optional<std::int64_t>(600'000), {}}) {
    HlsVariant variant;
    variant.uri = average ? "a.m3u8" : "b.m3u8";
    variant.average_bandwidth = average;
    playlist.variants.push_back(variant);
  }
  const Presentation presentation = announced_presentation(playlist, "http://h/d/main.m3u8");
  const auto& ladder = presentation.periods.at(0).adaptation_sets.at(0).representations;
  ASSERT_EQ(ladder.size(), 2U);
  EXPECT_EQ(ladder[0].bandwidth, 600_kbps);
  EXPECT_EQ(ladder[1].bandwidth, undeclared_bandwidth);
}

TEST(HlsPresentation, PlaylistsOfOtherPathwaysArePlacesOfTheSame) {
  const auto parsed = parse_hls_playlist(R"(#EXTM3U
#EXT-X-CONTENT-STEERING:SERVER-URI="/steer",PATHWAY-ID="b"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound-a",NAME="Main",LANGUAGE="en",URI="http://a/s.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound-b",NAME="Main",LANGUAGE="en",URI="http://b/s.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=900000,RESOLUTION=640x360,AUDIO="sound-a",PATHWAY-ID="a"
http://a/high.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=900000,RESOLUTION=640x360,AUDIO="sound-b",PATHWAY-ID="b"
http://b/high.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=300000,RESOLUTION=320x180,AUDIO="sound-b",PATHWAY-ID="b"
http://b/low.m3u8
)",
                                         "http://h/main.m3u8", {});
  const auto& playlist = std::get<HlsMultivariantPlaylist>(parsed.value().content);
  const Presentation presentation = announced_presentation(playlist, "http://h/main.m3u8");
  ASSERT_TRUE(presentation.steering);
  EXPECT_EQ(*presentation.steering, (SteeringServer{.server = "http://h/steer", .first = {"b"}}));
  const auto& sets = presentation.periods.at(0).adaptation_sets;
  ASSERT_EQ(sets.size(), 2U);
  ASSERT_EQ(sets[0].representations.size(), 2U);
  EXPECT_EQ(sets[0].representations[0].pending_document->url, "http://b/high.m3u8");
  EXPECT_EQ(sets[1].representations[0].pending_document->url, "http://b/s.m3u8");
  const std::vector<Places> places{{"http://b/high.m3u8", "http://a/high.m3u8"},
                                   {"http://b/low.m3u8"},
                                   {"http://b/s.m3u8", "http://a/s.m3u8"}};
  EXPECT_EQ(presentation.places, places);
  EXPECT_EQ(presentation.pathways.at("http://a/s.m3u8"), "a");
  EXPECT_EQ(presentation.pathways.at("http://b/high.m3u8"), "b");
}

TEST(HlsPresentation, AudioWithoutAPlaylistIsInTheVideo) {
  HlsMultivariantPlaylist playlist;
  playlist.variants.resize(2);
  playlist.variants[0].uri = "a.m3u8";
  playlist.variants[0].codecs = "mp4a.40.2";
  playlist.variants[1].uri = "v.m3u8";
  playlist.variants[1].height = 360;
  const Presentation presentation = announced_presentation(playlist, "http://h/main.m3u8");
  const auto& sets = presentation.periods.at(0).adaptation_sets;
  ASSERT_EQ(sets.size(), 2U);
  EXPECT_TRUE(sets[0].is_muxed);
  EXPECT_EQ(sets[0].representations[0].id, "2");
  EXPECT_EQ(sets[1].type, ContentType::audio) << "a variant without picture";
}

TEST(HlsPresentation, EachInitSegmentBeginsAStretch) {
  HlsMediaDocument document;
  document.url = "http://h/d/v.m3u8";
  document.playlist.maps = {{"i1", std::nullopt}, {"i2", ByteRange{0, 9_bytes}}};
  document.playlist.keys = {{"AES-128", "k", "", "identity"}};
  document.playlist.maps[1].key = 0;
  document.playlist.media_sequence = 254;
  for (int i = 0; i < 5; ++i) {
    HlsSegment segment;
    segment.uri = std::to_string(i) + ".m4s";
    segment.duration = 4s;
    segment.map = i < 3 ? 0 : 1;
    if (i == 1) segment.key = 0;
    segment.gap = i == 4;
    segment.discontinuity = i == 3;
    document.playlist.segments.push_back(segment);
  }
  Representation announced;
  announced.bandwidth = 500_kbps;
  const std::vector<Representation> parts = split_by_map(announced, placed(document));
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].timeline.size(), 3);
  EXPECT_EQ(parts[0].init->url, "http://h/d/i1");
  ASSERT_EQ(parts[0].encryption.size(), 2U);
  EXPECT_EQ(parts[0].encryption[0].first, 1);
  EXPECT_EQ(parts[0].encryption[0].encryption->key_url, "http://h/d/k");
  EXPECT_EQ(parts[0].encryption[1].encryption, std::nullopt);
  EXPECT_EQ(parts[0].encryption_of(0), std::nullopt);
  EXPECT_EQ(parts[0].encryption_of(1)->iv, "000000000000000000000000000000ff") << "its number";
  EXPECT_EQ(parts[0].encryption_of(2), std::nullopt);
  EXPECT_EQ(parts[0].init_encryption, std::nullopt);
  EXPECT_EQ(parts[1].init_encryption->iv, std::string(32, '0'));
  EXPECT_EQ(parts[1].timeline.size(), 1) << "the gap cannot be fetched";
  EXPECT_EQ(parts[1].timeline.start(0), MediaTime(12s));
  EXPECT_EQ(parts[1].discontinuities, std::vector<SegmentNumber>{0});
}

}  // namespace
}  // namespace rung::media
