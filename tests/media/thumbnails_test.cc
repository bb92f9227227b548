#include "media/thumbnails.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>

#include "media/dash_manifest.h"
#include "media/hls_presentation.h"

namespace rung::media {
namespace {

using namespace std::chrono_literals;

TEST(TileGrid, IsColumnsTimesRows) {
  EXPECT_EQ(parse_tile_grid("10x5"), (TileGrid{.columns = 10, .rows = 5}));
  EXPECT_EQ(parse_tile_grid("1x1"), TileGrid{});
  for (const char* wrong :
       {"", "x", "10", "0x4", "4x0", "-1x2", "4x4x4", "2000x1", "64x64", "a x b"})
    EXPECT_EQ(parse_tile_grid(wrong), std::nullopt) << wrong;
}

/// Images of 4x2 pictures, each for 2 s, of a period that begins at 10 s.
Presentation dash() {
  const auto manifest = parse_dash_manifest(
      R"(<MPD mediaPresentationDuration="PT40S">
<Period duration="PT10S"><AdaptationSet contentType="video"><SegmentTemplate duration="5" media="a$Number$"/>
  <Representation id="v" bandwidth="1"/></AdaptationSet></Period>
<Period duration="PT30S"><AdaptationSet contentType="image" mimeType="image/jpeg">
  <SegmentTemplate duration="16" startNumber="3" media="$RepresentationID$/$Number$.jpg"/>
  <Representation id="small" bandwidth="1" width="400" height="100">
    <EssentialProperty schemeIdUri="http://dashif.org/guidelines/thumbnail_tile" value="4x2"/></Representation>
  <Representation id="middle" bandwidth="2" width="960" height="240">
    <SupplementalProperty schemeIdUri="http://dashif.org/thumbnail_tile" value="4x2"/></Representation>
  <Representation id="large" bandwidth="3" width="4000" height="1000">
    <EssentialProperty schemeIdUri="http://dashif.org/thumbnail_tile" value="4x2"/></Representation>
  <Representation id="none" bandwidth="4" width="5000" height="1000"/>
</AdaptationSet></Period></MPD>)",
      "http://h/m.mpd", std::nullopt);
  EXPECT_TRUE(manifest) << to_string(manifest.error());
  return to_presentation(*manifest);
}

TEST(Thumbnails, OfDashLieInTheImageOfTheirTimeRowByRow) {
  const Presentation title = dash();
  const auto at = [&](Duration time) { return thumbnail_at(title, MediaTime(time), 240); };
  EXPECT_EQ(at(9s), std::nullopt) << "a period without them";
  const TileGrid grid{.columns = 4, .rows = 2};
  const auto expected = [&](const char* url, int column, int row) {
    return Thumbnail{.image = {url, std::nullopt}, .grid = grid, .column = column, .row = row};
  };
  EXPECT_EQ(at(10s), expected("http://h/middle/3.jpg", 0, 0));
  EXPECT_EQ(at(17999ms), expected("http://h/middle/3.jpg", 3, 0));
  EXPECT_EQ(at(18s), expected("http://h/middle/3.jpg", 0, 1));
  EXPECT_EQ(at(26s), expected("http://h/middle/4.jpg", 0, 0));
  // The period ends before the image does, which is divided as the others are.
  EXPECT_EQ(at(39s), expected("http://h/middle/4.jpg", 2, 1));
  EXPECT_EQ(at(40s), std::nullopt);
  EXPECT_EQ(thumbnail_at(title, MediaTime(10s), 50)->image.url, "http://h/small/3.jpg");
  EXPECT_EQ(thumbnail_at(title, MediaTime(10s), 5000)->image.url, "http://h/large/3.jpg");
}

TEST(Thumbnails, OfHlsLieInTheImagesOfAPlaylist) {
  const auto master = parse_hls_playlist(
      "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n"
      "#EXT-X-IMAGE-STREAM-INF:BANDWIDTH=1,RESOLUTION=160x90,CODECS=\"jpeg\",URI=\"t/160.m3u8\"\n"
      "#EXT-X-IMAGE-STREAM-INF:BANDWIDTH=1,RESOLUTION=320x180,CODECS=\"jpeg\",URI=\"t/320.m3u8\"\n",
      "http://h/m.m3u8", {});
  ASSERT_TRUE(master) << to_string(master.error());
  const Presentation title =
      announced_presentation(std::get<HlsMultivariantPlaylist>(master->content), "http://h/m.m3u8");
  EXPECT_EQ(image_rendition(title, 240)->playlist, "http://h/t/320.m3u8");
  EXPECT_EQ(image_rendition(title, 100)->playlist, "http://h/t/160.m3u8");
  EXPECT_EQ(image_rendition(Presentation(), 100), nullptr);

  const auto images = parse_hls_playlist(
      "#EXTM3U\n#EXT-X-TARGETDURATION:12\n#EXT-X-IMAGES-ONLY\n"
      "#EXTINF:12,\n#EXT-X-TILES:RESOLUTION=160x90,LAYOUT=3x2,DURATION=2\n1.jpg\n"
      "#EXTINF:5,\n2.jpg\n#EXT-X-ENDLIST\n",
      "http://h/t/160.m3u8", {});
  ASSERT_TRUE(images) << to_string(images.error());
  const auto& playlist = std::get<HlsMediaPlaylist>(images->content);
  EXPECT_TRUE(playlist.images_only);
  const auto at = [&](Duration time) {
    return thumbnail_at(playlist, "http://h/t/160.m3u8", MediaTime(time));
  };
  const TileGrid grid{.columns = 3, .rows = 2};
  EXPECT_EQ(at(7s),
            (Thumbnail{
                .image = {"http://h/t/1.jpg", std::nullopt}, .grid = grid, .column = 0, .row = 1}));
  // It is cut short, and its pictures last as long.
  EXPECT_EQ(at(16s),
            (Thumbnail{
                .image = {"http://h/t/2.jpg", std::nullopt}, .grid = grid, .column = 2, .row = 0}));
  EXPECT_EQ(at(17s), std::nullopt);
}

}  // namespace
}  // namespace rung::media
