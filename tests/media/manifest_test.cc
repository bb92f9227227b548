#include "media/manifest.h"

#include <gtest/gtest.h>

#include "core/limits.h"

namespace rung::media {
namespace {

TEST(Manifest, TellsFormatsByTheirContent) {
  const auto dash = parse_manifest("\xef\xbb\xbf\n <?xml version='1.0'?><MPD/>", "x.m3u8", {});
  ASSERT_TRUE(dash) << to_string(dash.error());
  EXPECT_TRUE(std::holds_alternative<DashManifest>(*dash));
  const auto hls = parse_manifest("# comment\n#EXTM3U\n", "x.mpd", {});
  ASSERT_TRUE(hls);
  EXPECT_TRUE(std::holds_alternative<HlsPlaylist>(*hls));
}

TEST(Manifest, RefusesTheRest) {
  EXPECT_FALSE(parse_manifest("", "x", {}));
  EXPECT_FALSE(parse_manifest("ffconcat version 1.0\nfile /etc/passwd\n", "x", {}));
  const std::string large(static_cast<std::size_t>(limits::manifest_size.bytes()) + 1, '#');
  const auto refused = parse_manifest(large, "x", {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::limit_exceeded);
}

}  // namespace
}  // namespace rung::media
