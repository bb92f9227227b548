#include "media/hls_delta.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "media/hls_playlist.h"
#include "media/hls_presentation.h"

namespace rung::media {
namespace {

using testing::HasSubstr;

constexpr const char* url = "http://x.example/v/index.m3u8";

/// Segments [first, last) with a new key every four of them and a new map from 6 on.
std::string whole(int first, int last) {
  std::string text = "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:" +
                     std::to_string(first) +
                     "\n#EXT-X-SERVER-CONTROL:CAN-SKIP-UNTIL=12,HOLD-BACK=7\n";
  for (int i = first; i < last; ++i) {
    if (i == first || i % 4 == 0)
      text += "#EXT-X-KEY:METHOD=AES-128,URI=\"k" + std::to_string(i / 4) + "\"\n";
    if (i == first || i == 6)
      text += std::string("#EXT-X-MAP:URI=\"") + (i < 6 ? "a" : "b") + ".mp4\"\n";
    text += "#EXTINF:2,\n" + std::to_string(i) + ".m4s\n";
  }
  return text;
}

/// The same with the first `count` of them skipped.
std::string skipping(int first, int last, int count) {
  const std::string text = whole(first, last);
  const std::string last_skipped = std::to_string(first + count - 1) + ".m4s\n";
  const std::size_t begin = text.find("#EXT-X-KEY");
  const std::size_t end = text.find("\n" + last_skipped) + 1 + last_skipped.size();
  return text.substr(0, begin) + "#EXT-X-SKIP:SKIPPED-SEGMENTS=" + std::to_string(count) + "\n" +
         text.substr(end);
}

/// Without the keys of the maps: whole() lists a map anew behind the key of its first segment.
std::vector<PlacedSegment> segments(const std::string& text) {
  const HlsPlaylist playlist = parse_hls_playlist(text, url, {}).value();
  std::vector<PlacedSegment> all = placed({std::get<HlsMediaPlaylist>(playlist.content), url});
  for (PlacedSegment& one : all) one.init_encryption.reset();
  return all;
}

TEST(HlsDelta, StandsForTheWholePlaylistHoweverOftenItIsUsed) {
  std::string known = whole(0, 10);
  for (int first = 1; first < 40; ++first) {
    const auto full = undo_hls_skip(known, skipping(first, first + 10, 5));
    ASSERT_TRUE(full) << to_string(full.error());
    known = *full;
    EXPECT_TRUE(segments(known) == segments(whole(first, first + 10))) << first;
    EXPECT_LT(known.size(), whole(first, first + 10).size() + 100) << "it does not grow";
  }
  EXPECT_THAT(known, HasSubstr("HOLD-BACK=7"));
  EXPECT_EQ(known.find("EXT-X-SKIP"), std::string::npos);
}

TEST(HlsDelta, KeysOfManyFormatsAreNotAllKept) {
  std::string known = "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n";
  for (const char* method : {"", "METHOD=AES-128,"})
    for (int i = 0; i < 1000; ++i)
      known += std::string("#EXT-X-KEY:") + method + "KEYFORMAT=\"" + std::to_string(i) + "\"\n";
  for (int i = 0; i < 4; ++i) known += "#EXTINF:2,\n" + std::to_string(i) + ".m4s\n";
  const auto full = undo_hls_skip(known,
                                  "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:1\n"
                                  "#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n#EXTINF:2,\n4.m4s\n");
  ASSERT_TRUE(full) << to_string(full.error());
  EXPECT_LT(full->size(), 4000U);
  EXPECT_THAT(*full, HasSubstr("1.m4s"));
}

TEST(HlsDelta, OneThatSkipsNothingStaysAsItIs) {
  EXPECT_EQ(undo_hls_skip("", whole(3, 9)).value(), whole(3, 9));
}

TEST(HlsDelta, NeedsWhatItSkips) {
  EXPECT_THAT(to_string(undo_hls_skip(whole(0, 10), skipping(12, 22, 5)).error()),
              HasSubstr("not known"));
  EXPECT_THAT(to_string(undo_hls_skip(whole(5, 10), skipping(4, 14, 5)).error()),
              HasSubstr("not known"));
  EXPECT_FALSE(undo_hls_skip(whole(0, 9), "#EXTM3U\n#EXT-X-SKIP:SKIPPED-SEGMENTS=x\n"));
  EXPECT_FALSE(
      undo_hls_skip(whole(0, 9), "#EXTM3U\n#EXT-X-SKIP:SKIPPED-SEGMENTS=1152921504606846976\n"));
}

}  // namespace
}  // namespace rung::media
