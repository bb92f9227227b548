#include "player/url_places.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace rung::player {
namespace {

TEST(UrlPlaces, AreUsedOneAfterTheOther) {
  UrlPlaces places({{"http://a/x/", "http://b/", "https://c/y/"}});
  EXPECT_EQ(places.now("http://a/x/v/1.m4s?k"), "http://a/x/v/1.m4s?k");
  places.failed("http://a/x/v/1.m4s?k");
  EXPECT_EQ(places.now("http://a/x/v/1.m4s?k"), "http://b/v/1.m4s?k");
  places.failed("http://b/v/2.m4s");
  EXPECT_EQ(places.now("http://a/x/v/2.m4s"), "https://c/y/v/2.m4s");
  places.failed("https://c/y/v/2.m4s");
  EXPECT_EQ(places.now("http://a/x/v/2.m4s"), "http://a/x/v/2.m4s");
}

TEST(UrlPlaces, AreLeftOnceByAllThatWasUnderWay) {
  UrlPlaces places({{"http://a/", "http://b/", "http://c/"}});
  places.failed("http://a/1");
  places.failed("http://a/2");
  EXPECT_EQ(places.now("http://a/3"), "http://b/3");
}

TEST(UrlPlaces, FollowTheServerThatSteersAndAvoidForAWhileWhatFails) {
  UrlPlaces places({{"http://a/", "http://b/", "http://c/"}});
  places.name({{"http://a/", "one"}, {"http://b/", "two"}, {"http://c/", "three"}});
  EXPECT_EQ(places.pathway(), "one");
  places.steer({"two", "unknown", "one"});
  EXPECT_EQ(places.pathway(), "two");
  EXPECT_EQ(places.now("http://a/v/1"), "http://b/v/1");
  EXPECT_EQ(places.now("http://b/v/1"), "http://b/v/1") << "a URL of another place is the same";
  places.failed("http://b/v/1");
  EXPECT_EQ(places.now("http://b/v/1"), "http://a/v/1");
  places.steer({"two", "one"});
  places.steer({"two", "one"});
  EXPECT_EQ(places.pathway(), "one") << "something has failed at two lately";
  places.steer({"two", "one"});
  EXPECT_EQ(places.pathway(), "two");
  places.steer({});
  EXPECT_EQ(places.pathway(), "two") << "the order stays where nothing is said";
}

TEST(UrlPlaces, OfPlaylistsInOneFolderAreEachThePlaylistsOwn) {
  const std::map<std::string, media::StableId> ids{
      {"http://a/v/high.m3u8", {media::StableId::Kind::variant, "high"}},
      {"http://a/v/low.m3u8", {media::StableId::Kind::variant, "low"}}};
  const media::PathwayClone clone{
      .base = "one",
      .id = "two",
      .host = {},
      .parameters = {},
      .variants = {{"high", "http://d/h/index.m3u8"}, {"low", "http://e/l/index.m3u8"}},
      .renditions = {}};
  UrlPlaces places(std::vector<media::Places>{{"http://a/v/high.m3u8"}, {"http://a/v/low.m3u8"}});
  places.name({{"http://a/v/high.m3u8", "one"}, {"http://a/v/low.m3u8", "one"}});
  places.clone(clone, media::ManifestFormat::hls, ids);
  places.steer({"two", "one"});
  EXPECT_EQ(places.now("http://a/v/low.m3u8"), "http://e/l/index.m3u8");
  EXPECT_EQ(places.now("http://a/v/high.m3u8"), "http://d/h/index.m3u8");
  EXPECT_EQ(places.now("http://a/v/low_1.m4s", "http://a/v/low.m3u8"), "http://e/l/low_1.m4s");
  EXPECT_EQ(places.now("http://a/v/high_1.m4s", "http://a/v/high.m3u8"), "http://d/h/high_1.m4s");
  places.failed("http://e/l/low_1.m4s", "http://a/v/low.m3u8");
  EXPECT_EQ(places.now("http://a/v/low_1.m4s", "http://a/v/low.m3u8"), "http://a/v/low_1.m4s");
  EXPECT_EQ(places.now("http://a/v/high_1.m4s", "http://a/v/high.m3u8"), "http://d/h/high_1.m4s");
}

TEST(UrlPlaces, AreClonedAtAnotherHostOrWhereTheServerSays) {
  using media::ManifestFormat;
  const std::map<std::string, media::StableId> ids{
      {"http://a/v/low.m3u8", {media::StableId::Kind::variant, "low"}},
      {"http://a/s.m3u8", {media::StableId::Kind::rendition, "low"}}};
  media::PathwayClone clone{.base = "one",
                            .id = "three",
                            .host = "c:81",
                            .parameters = {"k=1"},
                            .variants = {{"low", "http://d/x/low.m3u8?q"}},
                            .renditions = {}};
  UrlPlaces hls(std::vector<media::Places>{
      {"http://a/v/low.m3u8"}, {"http://a/s.m3u8"}, {"http://b/alone.m3u8"}});
  hls.name({{"http://a/v/low.m3u8", "one"}, {"http://a/s.m3u8", "one"}});
  hls.clone(clone, ManifestFormat::hls, ids);
  EXPECT_EQ(hls.now("http://a/s.m3u8"), "http://a/s.m3u8") << "until it is steered there";
  hls.steer({"three", "one"});
  EXPECT_EQ(hls.now("http://a/v/low.m3u8"), "http://d/x/low.m3u8?q&k=1");
  EXPECT_EQ(hls.now("http://a/v/1.m4s"), "http://d/x/1.m4s");
  EXPECT_EQ(hls.now("http://a/s.m3u8"), "http://c:81/s.m3u8?k=1");
  EXPECT_EQ(hls.now("http://b/alone.m3u8"), "http://b/alone.m3u8");
  // A name stays what it was.
  clone.host = "other";
  hls.clone(clone, ManifestFormat::hls, ids);
  EXPECT_EQ(hls.count("http://a/s.m3u8"), 2U);

  UrlPlaces dash(std::vector<media::Places>{{"http://a/x/", "http://b/"}});
  dash.name({{"http://a/x/", "one"}, {"http://b/", "two"}});
  dash.clone(clone, ManifestFormat::dash, {});
  dash.steer({"three"});
  EXPECT_EQ(dash.now("http://a/x/v/1.m4s?t"), "http://other/x/v/1.m4s?t&k=1");
  dash.failed("http://other/x/v/1.m4s?t&k=1");
  EXPECT_EQ(dash.now("http://a/x/v/2.m4s"), "http://a/x/v/2.m4s");
  for (int i = 0; i < 100; ++i) {
    clone.id = std::to_string(i);
    dash.clone(clone, ManifestFormat::dash, {});
  }
  EXPECT_EQ(dash.count("http://a/x/1"), 16U);
}

TEST(UrlPlaces, MayBeFilesOrHaveNoSlashAtTheirEnd) {
  UrlPlaces files(std::vector<media::Places>{{"http://a/v.mp4", "http://b/w.mp4?k=1"}});
  EXPECT_EQ(files.count("http://a/v.mp4"), 2U);
  EXPECT_EQ(files.count("http://other/v.mp4"), 1U);
  files.failed("http://a/v.mp4");
  EXPECT_EQ(files.now("http://a/v.mp4"), "http://b/w.mp4?k=1");
  files.failed("http://b/w.mp4?k=1");
  EXPECT_EQ(files.now("http://a/v.mp4"), "http://a/v.mp4");
  // As references are resolved against them.
  UrlPlaces manifests(std::vector<media::Places>{{"http://a/x/m.mpd?t=1", "http://b"}});
  manifests.failed("http://a/x/1.m4s");
  EXPECT_EQ(manifests.now("http://a/x/1.m4s"), "http://b/1.m4s");
}

TEST(UrlPlaces, OfOneLevelSayNothingOfAnother) {
  UrlPlaces places({{"http://a/", "http://b/"}, {"http://a/sound/", "http://c/sound/"}});
  places.failed("http://a/sound/1");
  EXPECT_EQ(places.now("http://a/sound/1"), "http://c/sound/1");
  EXPECT_EQ(places.now("http://a/pictures/1"), "http://a/pictures/1");
  EXPECT_EQ(places.now("http://other/1"), "http://other/1");
}

TEST(UrlPlaces, WithinOneThatIsAloneThereAreStillThoseAroundIt) {
  UrlPlaces places({{"http://a/", "http://b/"}, {"http://a/sub/"}});
  places.name({{"http://a/sub/", "x"}, {"http://a/", "one"}, {"http://b/", "two"}});
  EXPECT_EQ(places.count("http://a/sub/1"), 2U);
  EXPECT_EQ(places.pathway(), "one");
  places.failed("http://a/sub/1");
  EXPECT_EQ(places.now("http://a/sub/1"), "http://b/sub/1");
  EXPECT_EQ(places.pathway(), "two");
}

}  // namespace
}  // namespace rung::player
