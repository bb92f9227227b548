#include "player/thumbnail_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "media/package/jpeg.h"
#include "player/title_loader.h"
#include "tests/support/nginx_server.h"

// Thumbnails from a real server, fetched when a place is looked at.

namespace rung::player {
namespace {

using namespace std::chrono_literals;

/// Brightness of the pictures, row by row.
constexpr std::array<int, 6> brightness{40, 80, 120, 160, 200, 230};
constexpr media::TileGrid grid{.columns = 3, .rows = 2};

/// An image of six grey pictures.
std::string image() {
  constexpr int width = 64;
  constexpr int height = 36;
  const package::FramePtr picture = package::make_picture(3 * width, 2 * height);
  for (int y = 0; y < picture->height; ++y)
    for (int x = 0; x < picture->width; ++x)
      picture->data[0][y * picture->linesize[0] + x] = static_cast<std::uint8_t>(
          brightness[static_cast<std::size_t>(y / height * 3 + x / width)]);
  for (const int plane : {1, 2})
    for (int y = 0; y < picture->height / 2; ++y)
      std::fill_n(picture->data[plane] + static_cast<std::ptrdiff_t>(y) * picture->linesize[plane],
                  picture->width / 2, std::uint8_t{128});
  return package::encode_jpeg(*picture).value();
}

/// The number of the picture that this is.
std::size_t number_of(const decode::StillPicture& picture) {
  const std::size_t middle =
      4 * static_cast<std::size_t>(picture.height / 2 * picture.width + picture.width / 2);
  // Of full range.
  const double luma = picture.rgba[middle] * 219 / 255.0 + 16;
  std::size_t best = 0;
  for (std::size_t i = 1; i < brightness.size(); ++i)
    if (std::abs(brightness[i] - luma) < std::abs(brightness[best] - luma)) best = i;
  return best;
}

TEST(Thumbnails, AnImageIsDividedIntoItsPictures) {
  const auto pictures = divided(image(), grid);
  ASSERT_TRUE(pictures) << to_string(pictures.error());
  ASSERT_EQ(pictures->size(), 6U);
  for (std::size_t i = 0; i < pictures->size(); ++i) {
    EXPECT_EQ((*pictures)[i]->width, 64);
    EXPECT_EQ((*pictures)[i]->height, 36);
    EXPECT_EQ((*pictures)[i]->rgba.size(), std::size_t{4} * 64 * 36);
    EXPECT_EQ(number_of(*(*pictures)[i]), i);
  }
  EXPECT_FALSE(divided("no image", grid));
  EXPECT_FALSE(divided(image(), {.columns = 1000, .rows = 1})) << "fewer pixels than pictures";
}

class ThumbnailSourceTest : public testing::Test {
 protected:
  /// Of 24 s in images of 12 s, of which the second one is missing.
  std::shared_ptr<const media::Presentation> title(bool hls) {
    server_.write_file("title/tile-1.jpg", image());
    if (hls) {
      server_.write_file("title/m.m3u8",
                         "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=320x180\nv.m3u8\n"
                         "#EXT-X-IMAGE-STREAM-INF:BANDWIDTH=1,RESOLUTION=64x36,URI=\"t.m3u8\"\n");
      server_.write_file("title/v.m3u8", "#EXTM3U\n#EXTINF:24,\nv.m4s\n#EXT-X-ENDLIST\n");
      server_.write_file("title/t.m3u8",
                         "#EXTM3U\n#EXT-X-IMAGES-ONLY\n#EXTINF:12,\n"
                         "#EXT-X-TILES:RESOLUTION=64x36,LAYOUT=3x2,DURATION=2\ntile-1.jpg\n"
                         "#EXTINF:12,\ntile-2.jpg\n#EXT-X-ENDLIST\n");
    } else {
      server_.write_file("title/m.mpd",
                         R"(<MPD mediaPresentationDuration="PT24S"><Period>
<AdaptationSet contentType="video"><SegmentTemplate duration="4" media="$Number$"/>
  <Representation id="v" bandwidth="1" codecs="avc1.64001f"/></AdaptationSet>
<AdaptationSet contentType="image" mimeType="image/jpeg"><SegmentTemplate duration="12" media="tile-$Number$.jpg"/>
  <Representation id="t" bandwidth="1" width="192" height="72">
  <EssentialProperty schemeIdUri="http://dashif.org/guidelines/thumbnail_tile" value="3x2"/></Representation>
</AdaptationSet></Period></MPD>)");
    }
    auto presentation = fetch_presentation(server_.url(hls ? "/title/m.m3u8" : "/title/m.mpd"), {});
    EXPECT_TRUE(presentation) << to_string(presentation.error());
    return *presentation;
  }

  /// The picture, once it is there; null where it does not come.
  std::shared_ptr<const decode::StillPicture> look(ThumbnailSource& source, MediaTime place) {
    std::shared_ptr<const decode::StillPicture> picture;
    for (int i = 0; i < 300 && !picture; ++i) {
      picture = source.at(place);
      if (!picture) loop_.run_until(loop_.now() + 10ms, [] { return false; });
    }
    return picture;
  }

  test::NginxServer server_;
  EventLoop loop_;
};

TEST_F(ThumbnailSourceTest, AreThereOnceThePlaceIsLookedAt) {
  for (const bool hls : {false, true}) {
    SCOPED_TRACE(hls ? "HLS" : "DASH");
    const auto presentation = title(hls);
    HttpClient client(loop_, {});
    client.serve_title(server_.url("/title/m.mpd"));
    ThumbnailSource source({loop_, client, presentation});
    EXPECT_TRUE(source.any());
    bool waits = true;
    source.begin([&] { return waits; });
    EXPECT_EQ(source.at(MediaTime(3s)), nullptr);
    loop_.run_until(loop_.now() + 300ms, [] { return false; });
    EXPECT_EQ(source.at(MediaTime(3s)), nullptr) << "the title itself waits for media";
    waits = false;
    for (const std::size_t number : {1U, 5U, 0U}) {
      const auto picture = look(source, MediaTime(number * 2s + 1s));
      ASSERT_TRUE(picture) << number;
      EXPECT_EQ(number_of(*picture), number);
    }
    EXPECT_EQ(look(source, MediaTime(13s)), nullptr) << "cannot be had";
    EXPECT_NE(source.at(MediaTime(5s)), nullptr);
  }
}

TEST_F(ThumbnailSourceTest, OfALiveTitleAreThereOnceItsManifestHasThem) {
  media::Presentation before = *title(false);
  auto now = std::make_shared<const media::Presentation>(before);
  before.type = media::PresentationType::live;
  for (media::AdaptationSet& set : before.periods.front().adaptation_sets)
    for (media::Representation& images : set.representations)
      if (images.tiles) images = media::slice(images, 1, 1);
  HttpClient client(loop_, {});
  client.serve_title(server_.url("/title/m.mpd"));
  auto newest = std::make_shared<const media::Presentation>(before);
  ThumbnailSource source({loop_, client, newest, [&] { return newest; }});
  EXPECT_TRUE(source.any());
  source.begin([] { return false; });
  EXPECT_EQ(source.at(MediaTime(3s)), nullptr);
  loop_.run_until(loop_.now() + 100ms, [] { return false; });
  newest = now;
  const auto picture = look(source, MediaTime(3s));
  ASSERT_TRUE(picture);
  EXPECT_EQ(number_of(*picture), 1U);
  EXPECT_FALSE(
      ThumbnailSource({loop_, client, std::make_shared<const media::Presentation>(before)}).any())
      << "nobody tells how it goes on";
}

TEST_F(ThumbnailSourceTest, OfALiveTitleOfHlsLieBesideItsPicturesAndAreReadAgain) {
  media::Presentation live = *title(true);
  live.type = media::PresentationType::live;
  const auto playlist = [](const std::string& text) {
    return media::HlsMediaDocument{
        std::get<media::HlsMediaPlaylist>(
            media::parse_hls_playlist(text, "http://h/v.m3u8", {})->content),
        "http://h/v.m3u8"};
  };
  const media::LivePlaylist pictures(
      playlist("#EXTM3U\n#EXT-X-PROGRAM-DATE-TIME:2024-01-01T00:01:00Z\n#EXTINF:24,\nv.m4s\n"));
  const auto write_images = [&](const std::string& begins, const std::string& file) {
    server_.write_file("title/t.m3u8",
                       "#EXTM3U\n#EXT-X-IMAGES-ONLY\n#EXT-X-TARGETDURATION:1\n"
                       "#EXT-X-PROGRAM-DATE-TIME:2024-01-01T00:" +
                           begins +
                           "Z\n#EXTINF:12,\n"
                           "#EXT-X-TILES:RESOLUTION=64x36,LAYOUT=3x2,DURATION=2\n" +
                           file + "\n");
  };
  HttpClient client(loop_, {});
  client.serve_title(server_.url("/title/m.m3u8"));
  ThumbnailSource source({.loop = loop_,
                          .client = client,
                          .presentation = std::make_shared<const media::Presentation>(live),
                          .beside = [&] { return &pictures; }});
  EXPECT_TRUE(source.any());
  source.begin([] { return false; });
  write_images("01:04", "tile-1.jpg");  // From 4 s on.
  auto picture = look(source, MediaTime(7s));
  ASSERT_TRUE(picture);
  EXPECT_EQ(number_of(*picture), 1U);
  EXPECT_EQ(source.at(MediaTime(17s)), nullptr) << "is not listed yet";
  server_.write_file("title/t.m3u8", "no playlist");
  EXPECT_EQ(look(source, MediaTime(17s)), nullptr);
  EXPECT_TRUE(source.at(MediaTime(9s))) << "what is known stays";
  write_images("01:16", "tile-1.jpg?again");
  picture = look(source, MediaTime(17s));
  ASSERT_TRUE(picture);
  EXPECT_EQ(number_of(*picture), 0U);
  EXPECT_FALSE(
      ThumbnailSource({loop_, client, std::make_shared<const media::Presentation>(live)}).any())
      << "nobody tells where they lie";
}

TEST_F(ThumbnailSourceTest, ATitleWithoutThemIsNotAskedForAny) {
  server_.write_file("title/v.m3u8", "#EXTM3U\n#EXTINF:24,\nv.m4s\n#EXT-X-ENDLIST\n");
  const auto presentation = fetch_presentation(server_.url("/title/v.m3u8"), {});
  ASSERT_TRUE(presentation) << to_string(presentation.error());
  HttpClient client(loop_, {});
  ThumbnailSource source({loop_, client, *presentation});
  EXPECT_FALSE(source.any());
  EXPECT_EQ(source.at(MediaTime(3s)), nullptr);
}

}  // namespace
}  // namespace rung::player
