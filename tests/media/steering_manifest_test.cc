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
