#include "media/steering_manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace rung::media {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(SteeringManifest, TellsThePathwaysAndWhenToAskAgain) {
  const auto read = parse_steering_manifest(
      R"({"VERSION": 1, "TTL": 20, "RELOAD-URI": "next?x", "PATHWAY-PRIORITY": ["b", "a", 7]})");
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(*read, (SteeringManifest{.ttl = 20s, .reload_uri = "next?x", .priority = {"b", "a"}}));
}

TEST(SteeringManifest, ClonesPathways) {
  const auto read = parse_steering_manifest(R"({"VERSION": 1, "PATHWAY-PRIORITY": ["c"],
    "PATHWAY-CLONES": [
      {"BASE-ID": "a", "ID": "c", "URI-REPLACEMENT": {"HOST": "cdn.test:8080",
        "PARAMS": {"z": "1", "key": "a b&c", "": "x", "number": 7},
        "PER-VARIANT-URIS": {"v-1": "http://x/v.m3u8"},
        "PER-RENDITION-URIS": {"s-1": "http://x/s.m3u8"}}},
      {"BASE-ID": "a", "ID": "d"}, {"ID": "d", "URI-REPLACEMENT": {}}, 7,
      {"BASE-ID": "a", "ID": "d", "URI-REPLACEMENT": {"HOST": "user@host"}},
      {"BASE-ID": "a", "ID": "d", "URI-REPLACEMENT": {"HOST": "host/path"}}]})");
  ASSERT_TRUE(read) << to_string(read.error());
  ASSERT_EQ(read->clones.size(), 1U) << "the others are malformed";
  EXPECT_EQ(read->clones[0], (PathwayClone{.base = "a",
                                           .id = "c",
                                           .host = "cdn.test:8080",
                                           .parameters = {"key=a%20b%26c", "z=1"},
                                           .variants = {{"v-1", "http://x/v.m3u8"}},
                                           .renditions = {{"s-1", "http://x/s.m3u8"}}}));
  std::string many = R"({"VERSION": 1, "PATHWAY-PRIORITY": [], "PATHWAY-CLONES": [)";
  for (int i = 0; i < 100; ++i)
    many += std::string(i > 0 ? "," : "") + R"({"BASE-ID": "a", "ID": ")" + std::to_string(i) +
            R"(", "URI-REPLACEMENT": {}})";
  EXPECT_EQ(parse_steering_manifest(many + "]}")->clones.size(), 16U);
}

TEST(SteeringManifest, IsAskedForAgainNeitherAtOnceNorNever) {
  const auto ttl = [](const std::string& value) {
    return parse_steering_manifest(R"({"VERSION": 1, "PATHWAY-PRIORITY": [], "TTL": )" + value +
                                   "}")
        .value()
        .ttl;
  };
  EXPECT_EQ(ttl("0"), 1s);
  EXPECT_EQ(ttl("-1e300"), 1s);
  EXPECT_EQ(ttl("1e300"), 1h);
  EXPECT_EQ(ttl("\"soon\""), usual_steering_ttl);
}

TEST(SteeringManifest, RefusesWhatIsNone) {
  for (const char* text : {"", "[]", "{", R"({"PATHWAY-PRIORITY": []})", R"({"VERSION": 1})",
                           R"({"VERSION": "1", "PATHWAY-PRIORITY": []})",
                           R"({"VERSION": 1, "PATHWAY-PRIORITY": "a"})"})
    EXPECT_FALSE(parse_steering_manifest(text)) << text;
  EXPECT_THAT(
      to_string(parse_steering_manifest(R"({"VERSION": 2, "PATHWAY-PRIORITY": []})").error()),
      HasSubstr("version 1"));
}

}  // namespace
}  // namespace rung::media
