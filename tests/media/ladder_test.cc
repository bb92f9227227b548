#include "media/ladder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rung::media {
namespace {

using namespace std::chrono_literals;

constexpr const char* full =
    R"({"title": "t", "segment_duration_s": 4, "last_segment_duration_s": 1.5,
  "representations": [{"bandwidth_kbps": 235, "height": 240, "sizes_bytes": [10, 20]},
                      {"bandwidth_kbps": 560.5, "sizes_bytes": [30, 40]}],
  "audio": {"segment_duration_s": 2, "representations": [{"bandwidth_kbps": 128}]}})";

TEST(Ladder, BecomesTracks) {
  const auto ladder = parse_ladder(full, "l.json");
  ASSERT_TRUE(ladder) << to_string(ladder.error());
  EXPECT_EQ(ladder->title, "t");
  const auto tracks = tracks_of(*ladder);
  ASSERT_TRUE(tracks);
  EXPECT_EQ(tracks->video->segment_count(), 2);
  EXPECT_EQ(tracks->video->end(), MediaTime(5500ms));
  EXPECT_EQ(tracks->video->ladder(0)[1], BitRate::bits_per_second(560'500));
  EXPECT_EQ(tracks->video->size(1, 0), 20_bytes);
  EXPECT_EQ(tracks->audio->segment_count(), 3) << "as many as cover the video";
}

TEST(Ladder, SurvivesBeingWritten) {
  const auto ladder = parse_ladder(full, "l.json");
  ASSERT_TRUE(ladder);
  const auto again = parse_ladder(to_json(*ladder), "again");
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_EQ(*again, *ladder);
}

TEST(Ladder, KeepsHowGoodItsSegmentsLook) {
  const auto ladder = parse_ladder(
      R"({"title": "t", "segment_duration_s": 1, "segment_count": 2, "representations": [
        {"bandwidth_kbps": 1, "ssim": [0.5, 1], "psnr_db": [30.25, 100], "vmaf": [0, 99.5]},
        {"bandwidth_kbps": 2, "vmaf": [1, 2]}]})",
      "l.json");
  ASSERT_TRUE(ladder) << to_string(ladder.error());
  EXPECT_EQ(ladder->video.rungs[0].ssim, (std::vector<double>{0.5, 1}));
  EXPECT_EQ(ladder->video.rungs[0].psnr, (std::vector<double>{30.25, 100}));
  EXPECT_EQ(ladder->video.rungs[1].vmaf, (std::vector<double>{1, 2}));
  EXPECT_EQ(parse_ladder(to_json(*ladder), "again").value(), *ladder);
}

TEST(Ladder, ErrorsNameTheMember) {
  struct Case {
    const char* json;
    const char* expected;
  };
  for (
      const Case& row : {
          Case{"{", "line 1"},
          Case{"{\n\"title\": }", "line 2"},
          Case{"[]", "the ladder is not"},
          Case{R"({"titel": ""})", "titel"},
          Case{R"({"segment_duration_s": 4, "representations": []})", "representations"},
          Case{
              R"({"segment_duration_s": 0, "segment_count": 1, "representations": [{"bandwidth_kbps": 1}]})",
              "segment_duration_s"},
          Case{R"({"segment_duration_s": 1, "representations": [{"bandwidth_kbps": 1}]})",
               "segment_count"},
          Case{
              R"({"segment_duration_s": 1, "segment_count": 1, "representations": [{"bandwidth_kbps": -1}]})",
              "representations[0].bandwidth_kbps"},
          Case{
              R"({"segment_duration_s": 1, "segment_count": 1, "representations": [{"bandwidth_kbps": 2}, {"bandwidth_kbps": 1}]})",
              "ascend"},
          Case{
              R"({"segment_duration_s": 1, "representations": [{"bandwidth_kbps": 1, "sizes_bytes": [1, 0]}]})",
              "sizes_bytes[1]"},
          Case{
              R"({"segment_duration_s": 1, "segment_count": 2, "representations": [{"bandwidth_kbps": 1, "ssim": [1, 1.1]}]})",
              "representations[0].ssim[1] is not a number from 0 to 1"},
          Case{
              R"({"segment_duration_s": 1, "segment_count": 2, "representations": [{"bandwidth_kbps": 1, "vmaf": [50]}]})",
              "representations[0].vmaf has 1 entries where there are 2 segments"},
          Case{
              R"({"segment_duration_s": 1, "representations": [{"bandwidth_kbps": 1, "sizes_bytes": [1]}, {"bandwidth_kbps": 2}]})",
              "representations[1].sizes_bytes"},
          Case{R"({"segment_duration_s": 1e999, "representations": []})", "range"},
          Case{
              R"({"segment_duration_s": 86400, "segment_count": 200000, "representations": [{"bandwidth_kbps": 1}]})",
              "title"},
      }) {
    const auto ladder = parse_ladder(row.json, "l.json");
    ASSERT_FALSE(ladder) << row.json;
    EXPECT_THAT(to_string(ladder.error()), testing::HasSubstr(row.expected)) << row.json;
    EXPECT_THAT(to_string(ladder.error()), testing::StartsWith("l.json"));
  }
}

}  // namespace
}  // namespace rung::media
