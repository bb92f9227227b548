#include "media/presentation_loader.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace rung::media {
namespace {

using namespace std::chrono_literals;

constexpr const char* main_playlist =
    "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"en\",LANGUAGE=\"en\",DEFAULT=YES,URI="
    "\"a.m3u8\"\n"
    "#EXT-X-STREAM-INF:BANDWIDTH=900000,CODECS=\"avc1.1,mp4a.40.2\",RESOLUTION=640x360,AUDIO="
    "\"a\"\nhigh.m3u8\n"
    "#EXT-X-STREAM-INF:BANDWIDTH=300000,CODECS=\"avc1.1,mp4a.40.2\",RESOLUTION=320x180,AUDIO="
    "\"a\"\nlow.m3u8\n"
    "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=100000,URI=\"iframes.m3u8\"\n";

constexpr const char* media_playlist =
    "#EXTM3U\n#EXT-X-MAP:URI=\"init.mp4\"\n#EXTINF:4,\n1.m4s\n#EXTINF:3,\n2.m4s\n#EXT-X-ENDLIST\n";

TEST(PresentationLoader, AsksForThePlaylistsOfVariantsAndRenditions) {
  auto loader = PresentationLoader::create(main_playlist, "http://h/main.m3u8", {});
  ASSERT_TRUE(loader) << to_string(loader.error());
  std::vector<std::string> asked;
  while (const auto document = loader->next_document()) {
    asked.push_back(document->url);
    EXPECT_FALSE(loader->complete());
    // The answer came from elsewhere after a redirect; its URIs are relative to that.
    EXPECT_TRUE(loader->supply(*document, media_playlist, "http://cdn/x/p.m3u8"));
  }
  EXPECT_EQ(asked, (std::vector<std::string>{"http://h/high.m3u8", "http://h/low.m3u8",
                                             "http://h/a.m3u8"}));
  ASSERT_TRUE(loader->complete());
  const auto presentation = std::move(*loader).finish();
  ASSERT_TRUE(presentation) << to_string(presentation.error());
  EXPECT_EQ(presentation->type, PresentationType::on_demand);
  EXPECT_EQ(presentation->duration, 7s);
  const auto& sets = presentation->periods.at(0).adaptation_sets;
  ASSERT_EQ(sets.size(), 2U);
  EXPECT_EQ(sets[0].representations.at(0).height, 180) << "sorted by bandwidth";
  EXPECT_EQ(sets[0].representations[1].resource(1).url, "http://cdn/x/2.m4s");
  EXPECT_EQ(sets[1].representations.at(0).init->url, "http://cdn/x/init.mp4");
}

TEST(PresentationLoader, LeavesOutWhatIsSkipped) {
  auto loader = PresentationLoader::create(main_playlist, "http://h/main.m3u8", {});
  ASSERT_TRUE(loader);
  while (const auto document = loader->next_document()) {
    if (document->url == "http://h/high.m3u8") {
      EXPECT_FALSE(loader->supply(*document, "404 not found", document->url));
      loader->skip(*document);
    } else {
      EXPECT_TRUE(loader->supply(*document, media_playlist, document->url));
    }
  }
  const auto presentation = std::move(*loader).finish();
  ASSERT_TRUE(presentation);
  EXPECT_EQ(presentation->periods.at(0).adaptation_sets.at(0).representations.size(), 1U);
}

TEST(PresentationLoader, RefusesAPlaylistThatNamesItself) {
  auto loader = PresentationLoader::create(main_playlist, "http://h/main.m3u8", {});
  ASSERT_TRUE(loader);
  while (const auto document = loader->next_document()) {
    EXPECT_FALSE(loader->supply(*document, main_playlist, document->url));
    loader->skip(*document);
  }
  EXPECT_FALSE(std::move(*loader).finish());
}

TEST(PresentationLoader, KeepsToTheUrlPolicy) {
  const auto refused = PresentationLoader::create(
      "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nfile:///etc/passwd\n", "http://h/main.m3u8", {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::refused);
}

TEST(PresentationLoader, BoundsTheDocuments) {
  std::string playlist = "#EXTM3U\n";
  for (int i = 0; i < 256; ++i) {
    playlist += "#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=1x1\nv" + std::to_string(i) + "\n";
    playlist +=
        "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"g\",NAME=\"n\",URI=\"a" + std::to_string(i) + "\"\n";
  }
  EXPECT_TRUE(PresentationLoader::create(playlist, "http://h/main.m3u8", {}));
  EXPECT_FALSE(PresentationLoader::create(playlist + "#EXT-X-STREAM-INF:BANDWIDTH=1\nv\n",
                                          "http://h/main.m3u8", {}));
}

TEST(PresentationLoader, BoundsWhatThePlaylistsExpandTo) {
  auto loader = PresentationLoader::create(main_playlist, "http://h/main.m3u8", {});
  ASSERT_TRUE(loader);
  std::string many = "#EXTM3U\n";
  for (int i = 0; i < 50'000; ++i) many += "#EXTINF:1,\na\n";
  const auto document = loader->next_document();
  const auto refused =
      loader->supply(*document, many, "http://h/" + std::string(60'000, 'x') + "/v.m3u8");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::limit_exceeded);
}

TEST(PresentationLoader, ReadsTheIndexOfASingleResource) {
  auto loader = PresentationLoader::create(
      R"(<MPD mediaPresentationDuration="PT6S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="v" bandwidth="1">
        <BaseURL>v.mp4</BaseURL><SegmentBase indexRange="100-163" timescale="1000" presentationTimeOffset="2000"/>
        </Representation></AdaptationSet></Period></MPD>)",
      "http://h/m.mpd", {});
  ASSERT_TRUE(loader) << to_string(loader.error());
  const auto document = loader->next_document();
  ASSERT_TRUE(document);
  EXPECT_EQ(*document, (Resource{"http://h/v.mp4", ByteRange{100, 64_bytes}}));
  const unsigned char sidx[] = {0, 0, 0, 56,  's', 'i', 'd', 'x', 0,   0, 0, 0, 0, 0, 0, 1,
                                0, 0, 1, 244, 0,   0,   3,   232, 0,   0, 0, 0, 0, 0, 0, 2,  //
                                0, 0, 0, 9,   0,   0,   7,   208, 144, 0, 0, 0, 0, 0, 0, 8,
                                0, 0, 7, 208, 144, 0,   0,   0};
  const std::string_view bytes(reinterpret_cast<const char*>(sidx), sizeof sidx);
  ASSERT_TRUE(loader->supply(*document, bytes, document->url));
  const auto presentation = std::move(*loader).finish();
  ASSERT_TRUE(presentation) << to_string(presentation.error());
  const Representation& read = presentation->periods[0].adaptation_sets[0].representations[0];
  ASSERT_EQ(read.timeline.size(), 2);
  EXPECT_EQ(read.timeline.start(0), MediaTime(0s)) << "1000 ticks of 1/500 s are the offset of 2 s";
  EXPECT_EQ(read.timeline.duration(1), 4s);
  EXPECT_EQ(read.resource(1), (Resource{"http://h/v.mp4", ByteRange{165, 8_bytes}}));
}

TEST(PresentationLoader, PlaysAMediaPlaylistOnItsOwn) {
  auto loader = PresentationLoader::create(media_playlist, "http://h/v.m3u8", {});
  ASSERT_TRUE(loader);
  EXPECT_EQ(loader->next_document(), std::nullopt);
  const auto presentation = std::move(*loader).finish();
  ASSERT_TRUE(presentation);
  const AdaptationSet& set = presentation->periods.at(0).adaptation_sets.at(0);
  EXPECT_TRUE(set.is_muxed);
  EXPECT_EQ(set.representations[0].bandwidth, undeclared_bandwidth);
}

TEST(PresentationLoader, AnInitSegmentThatChangesMakesPeriods) {
  const std::string two_maps =
      "#EXTM3U\n#EXT-X-MAP:URI=\"i\"\n#EXTINF:4,\n1\n#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"j\"\n#"
      "EXTINF:4,\n2\n#EXT-X-ENDLIST\n";
  auto loader = PresentationLoader::create(two_maps, "http://h/v.m3u8", {});
  ASSERT_TRUE(loader);
  const auto presentation = std::move(*loader).finish();
  ASSERT_TRUE(presentation);
  ASSERT_EQ(presentation->periods.size(), 2U);
  EXPECT_EQ(presentation->periods[1].start, MediaTime(4s));
  EXPECT_EQ(presentation->periods[1].adaptation_sets[0].representations[0].init->url, "http://h/j");
}

}  // namespace
}  // namespace rung::media
