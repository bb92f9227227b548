#include "media/hls_pathways.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/counted_allocations.h"

namespace rung::media {
namespace {

constexpr const char* url = "http://h/main.m3u8";

TEST(HlsPathways, OfOneThatIsSteeredEachPlaylistHasAPlaceAndItsStableId) {
  HlsMultivariantPlaylist playlist;
  playlist.variants = {{.uri = "v.m3u8",
                        .bandwidth = 1,
                        .codecs = {},
                        .audio = "s",
                        .video = {},
                        .subtitles = {},
                        .pathway = ".",
                        .stable_id = "v-1"}};
  playlist.renditions = {{.type = "AUDIO",
                          .group_id = "s",
                          .name = "Main",
                          .uri = "s.m3u8",
                          .language = {},
                          .channels = {},
                          .stable_id = "s-1"}};
  EXPECT_TRUE(pathways_of(playlist, url).places.empty()) << "there are no others";
  playlist.steering = SteeringServer{.server = "/s", .first = {}};
  const HlsPathways pathways = pathways_of(playlist, url);
  EXPECT_EQ(pathways.places, (std::vector<Places>{{"http://h/s.m3u8"}, {"http://h/v.m3u8"}}));
  EXPECT_EQ(pathways.names.at("http://h/v.m3u8"), ".");
  EXPECT_EQ(pathways.stable_ids.at("http://h/v.m3u8"), (StableId{StableId::Kind::variant, "v-1"}));
  EXPECT_EQ(pathways.stable_ids.at("http://h/s.m3u8"),
            (StableId{StableId::Kind::rendition, "s-1"}));
  EXPECT_EQ(pathways.first, playlist);
}

/// Half of the variants lie in one pathway and half in another, and all are the same, as are the
/// renditions, one a variant.
HlsMultivariantPlaylist all_alike(std::size_t variants) {
  HlsMultivariantPlaylist playlist;
  for (std::size_t i = 0; i < variants; ++i) {
    HlsVariant variant;
    variant.uri = std::to_string(i) + ".m3u8";
    variant.codecs = std::string(1000, 'c');
    variant.audio = "group " + std::to_string(i);
    variant.pathway = i % 2 == 0 ? "a" : "b";
    HlsRendition rendition;
    rendition.type = "AUDIO";
    rendition.group_id = variant.audio;
    rendition.name = std::string(1000, 'n');
    rendition.uri = std::to_string(i) + ".sound.m3u8";
    playlist.variants.push_back(std::move(variant));
    playlist.renditions.push_back(std::move(rendition));
  }
  return playlist;
}

TEST(HlsPathways, TheWorkGrowsWithThePlaylist) {
  const auto work = [](std::size_t variants) {
    const HlsMultivariantPlaylist playlist = all_alike(variants);
    const std::int64_t before = test::allocations();
    const HlsPathways pathways = pathways_of(playlist, url);
    const std::int64_t after = test::allocations();
    EXPECT_EQ(pathways.places.size(), variants) << "of as many playlists of the first pathway";
    EXPECT_TRUE(std::ranges::all_of(pathways.places,
                                    [](const Places& places) { return places.size() == 8; }));
    return after - before;
  };
  const std::int64_t of_some = work(64);
  EXPECT_LT(work(256), of_some * 5);
}

}  // namespace
}  // namespace rung::media
