#include "media/simulator_titles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rung::media {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(SabreMovie, IsALadder) {
  const std::string movie = R"({"segment_duration_ms": 3000, "bitrates_kbps": [230, 331.5],
    "segment_sizes_bits": [[800, 1601], [1, 16]], "comment": "ignored"})";
  EXPECT_TRUE(is_sabre_movie(movie));
  EXPECT_FALSE(is_sabre_movie(R"({"segment_duration_s": 4})"));
  const auto ladder = parse_sabre_movie(movie, "m.json");
  ASSERT_TRUE(ladder) << ladder.error().message;
  EXPECT_EQ(ladder->video.segment_duration, 3s);
  EXPECT_EQ(ladder->video.segment_count, 2);
  ASSERT_EQ(ladder->video.rungs.size(), 2U);
  EXPECT_EQ(ladder->video.rungs[1].bandwidth, BitRate::bits_per_second(331'500));
  EXPECT_EQ(ladder->video.rungs[0].sizes, (std::vector{ByteCount(100), ByteCount(1)}));
  EXPECT_EQ(ladder->video.rungs[1].sizes, (std::vector{ByteCount(201), ByteCount(2)}));
}

TEST(SabreMovie, IsRefusedWithTheMember) {
  struct Case {
    std::string text;
    std::string said;
  };
  const std::string begin = R"({"segment_duration_ms": 3000, "bitrates_kbps": [2, 3], )";
  for (const Case& bad : {
           Case{"[]", "segment_duration_ms is missing"},
           Case{"{", "well-formed"},
           Case{R"({"segment_duration_ms": 0, "bitrates_kbps": [2], "segment_sizes_bits": [[1]]})",
                "segment_duration_ms"},
           Case{R"({"segment_duration_ms": 1, "bitrates_kbps": [], "segment_sizes_bits": [[1]]})",
                "bitrates_kbps"},
           Case{R"({"segment_duration_ms": 9, "bitrates_kbps": [3, 2],
                    "segment_sizes_bits": [[1, 1]]})",
                "ascend"},
           Case{begin + R"("segment_sizes_bits": []})", "segment_sizes_bits"},
           Case{begin + R"("segment_sizes_bits": [[8]]})", "segment_sizes_bits[0]"},
           Case{begin + R"("segment_sizes_bits": [[8, 8], [8, -1]]})", "segment_sizes_bits[1][1]"},
           Case{begin + R"("segment_sizes_bits": [[8, 1e99]]})", "segment_sizes_bits[0][1]"},
           Case{begin + R"("segment_sizes_bits": [[8, "8"]]})", "segment_sizes_bits[0][1]"},
       }) {
    const auto ladder = parse_sabre_movie(bad.text, "m.json");
    ASSERT_FALSE(ladder) << bad.text;
    EXPECT_THAT(to_string(ladder.error()), HasSubstr(bad.said)) << bad.text;
    EXPECT_THAT(ladder.error().where, HasSubstr("m.json")) << bad.text;
  }
}

TEST(PensieveSizes, SixFilesAreItsOwnLadder) {
  const std::vector<std::string> files(6, "100\n200\r\n\n300");
  const auto ladder = parse_pensieve_sizes(files, {}, "sizes");
  ASSERT_TRUE(ladder) << ladder.error().message;
  EXPECT_EQ(ladder->video.segment_duration, 4s);
  EXPECT_EQ(ladder->video.segment_count, 3);
  EXPECT_EQ(ladder->video.rungs[5].bandwidth, BitRate::bits_per_second(4'300'000));
  EXPECT_EQ(ladder->video.rungs[2].sizes,
            (std::vector{ByteCount(100), ByteCount(200), ByteCount(300)}));
}

TEST(PensieveSizes, OtherLaddersHaveTheirMeanRates) {
  const std::vector<std::string> files = {"1000\n3000\n", "5000\n5000\n"};
  const auto ladder = parse_pensieve_sizes(files, {}, "sizes");
  ASSERT_TRUE(ladder) << ladder.error().message;
  EXPECT_EQ(ladder->video.rungs[0].bandwidth, BitRate::bits_per_second(4000));
  EXPECT_EQ(ladder->video.rungs[1].bandwidth, BitRate::bits_per_second(10'000));
}

TEST(PensieveSizes, GoWithComycosFilesOfVmafTheHighestFirst) {
  const std::vector<std::string> files = {"1000\n3000\n", "5000\n5000\n"};
  const auto with = [&](const std::vector<std::string>& vmaf) {
    return parse_pensieve_sizes(files, vmaf, "sizes");
  };
  const auto ladder = with({"99.5\n98\n", "41\n40.25"});
  ASSERT_TRUE(ladder) << ladder.error().message;
  EXPECT_EQ(ladder->video.rungs[0].vmaf, (std::vector<double>{41, 40.25}));
  EXPECT_EQ(ladder->video.rungs[1].vmaf, (std::vector<double>{99.5, 98}));
  EXPECT_EQ(tracks_of(*ladder)->video->parts()[0].vmaf, (std::vector<double>{41, 99.5, 40.25, 98}));
  EXPECT_THAT(to_string(with({"1\n2\n"}).error()), HasSubstr("1 files videoN"));
  EXPECT_THAT(to_string(with({"1\n2\n", "1\n"}).error()), HasSubstr("sizes/video2: has another"));
  EXPECT_THAT(to_string(with({"1\n101\n", "1\n1\n"}).error()), HasSubstr("sizes/video1 line 2"));
  EXPECT_THAT(to_string(with({"1\nnan\n", "1\n1\n"}).error()), HasSubstr("sizes/video1 line 2"));
}

TEST(PensieveSizes, AreRefusedWithFileAndLine) {
  const auto refused = [](const std::vector<std::string>& files) {
    const auto ladder = parse_pensieve_sizes(files, {}, "sizes");
    return ladder ? std::string("taken") : to_string(ladder.error());
  };
  EXPECT_THAT(refused({}), HasSubstr("video_size_0"));
  EXPECT_THAT(refused({"1\n0\n"}), HasSubstr("sizes/video_size_0 line 2"));
  EXPECT_THAT(refused({"1\nx\n"}), HasSubstr("sizes/video_size_0 line 2"));
  EXPECT_THAT(refused({"1\n9223372036854775808\n"}), HasSubstr("line 2"));
  EXPECT_THAT(refused({"1\n2\n", "1\n"}), HasSubstr("sizes/video_size_1: has another number"));
  EXPECT_THAT(refused({"1\n", "\n"}), HasSubstr("no segment"));
  EXPECT_THAT(refused({"5\n", "1\n"}), HasSubstr("ascend"));
}

}  // namespace
}  // namespace rung::media
