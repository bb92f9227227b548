#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "media/ladder.h"
#include "media/measure/picture_comparison.h"
#include "media/measure/segment_quality.h"
#include "tests/cli/run_program.h"
#include "tests/support/temporary_directory.h"

// How good segments look, by the library and through the command line.

namespace rung {
namespace {

using test::Output;
using testing::HasSubstr;

/// A grey picture of 64x64.
decode::FramePtr grey(int level) {
  decode::FramePtr frame(av_frame_alloc());
  frame->format = AV_PIX_FMT_YUV420P;
  frame->width = 64;
  frame->height = 64;
  frame->sample_aspect_ratio = {1, 1};
  EXPECT_EQ(av_frame_get_buffer(frame.get(), 0), 0);
  for (std::size_t plane = 0; plane < 3; ++plane)
    std::fill_n(frame->data[plane], frame->linesize[plane] * (plane == 0 ? 64 : 32),
                static_cast<std::uint8_t>(level));
  return frame;
}

TEST(PictureComparison, TellsEqualPicturesFromOthers) {
  const auto reference = grey(100);
  const auto comparison = measure::PictureComparison::create(*reference, *reference, false);
  ASSERT_TRUE(comparison) << to_string(comparison.error());
  std::vector<measure::Likeness> results;
  for (const int level : {100, 110}) {
    const auto some = (*comparison)->add(*grey(level), *reference);
    ASSERT_TRUE(some) << to_string(some.error());
    results.insert(results.end(), some->begin(), some->end());
  }
  const auto rest = (*comparison)->finish();
  ASSERT_TRUE(rest);
  results.insert(results.end(), rest->begin(), rest->end());
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0], (measure::Likeness{.ssim = 1, .square_error = 0}));
  EXPECT_LT(results[1].ssim, 1);
  EXPECT_DOUBLE_EQ(results[1].square_error, 100);
  EXPECT_EQ(measure::psnr(0), 100);
  EXPECT_NEAR(measure::psnr(100), 28.13, 0.01);
}

/// As the filter writes it, with other columns around the one that counts.
TEST(Vmaf, IsReadFromWhatTheFilterWrites) {
  const auto scores = measure::parse_vmaf(
      "Frame,integer_adm2,vmaf_other,vmaf,integer_motion,\n"
      "0,0.975114,1.000000,97.428043,0.000000,\n1,0.9,2.000000,100.000000,4.1,\n");
  ASSERT_TRUE(scores) << to_string(scores.error());
  EXPECT_EQ(*scores, (std::vector{97.428043, 100.0}));
  for (const std::string bad :
       {"", "Frame,integer_adm2,\n0,1,\n", "Frame,vmaf,\n0,\n", "Frame,vmaf,\n1,50.0,\n",
        "Frame,vmaf,\n0,5x,\n", "<VMAF version=\"2\">"}) {
    const auto refused = measure::parse_vmaf(bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_THAT(refused.error().message, HasSubstr("libvmaf tells"));
  }
}

/// Whatever this FFmpeg has: numbers that fit, or a refusal.
TEST(Vmaf, IsMeasuredOrRefused) {
  const auto reference = grey(100);
  const auto comparison = measure::PictureComparison::create(*reference, *reference, true);
  ASSERT_EQ(comparison.has_value(), measure::can_measure_vmaf());
  if (!comparison) {
    EXPECT_EQ(comparison.error().code, ErrorCode::unsupported);
    return;
  }
  ASSERT_TRUE((*comparison)->add(*reference, *reference));
  ASSERT_TRUE((*comparison)->add(*grey(180), *reference));
  ASSERT_TRUE((*comparison)->finish());
  const auto scores = (*comparison)->vmaf();
  ASSERT_TRUE(scores) << to_string(scores.error());
  ASSERT_EQ(scores->size(), 2u);
  EXPECT_GT((*scores)[0], (*scores)[1]);
}

std::string contents(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Measure, WritesALadderThatTheSimulatorTakes) {
  const test::TemporaryDirectory folder;
  const std::string reference = (folder.path() / "reference.mp4").string();
  const std::string title = (folder.path() / "title").string();
  const std::string ladder_file = (folder.path() / "ladder.json").string();
  ASSERT_EQ(
      test::run("ffmpeg -v error -f lavfi -i testsrc2=s=320x180:r=25:d=3 -c:v libx264 -preset "
                "ultrafast -crf 5 " +
                reference + " 2>&1")
          .status,
      0);
  const Output packaged =
      test::run(RUNG_PROGRAM " package " + reference + " -o " + title +
                " --ladder 60k:160x90,400k:320x180 --segment-seconds 1 --speed superfast 2>&1");
  ASSERT_EQ(packaged.status, 0) << packaged.text;
  const std::string measure = RUNG_PROGRAM " measure " + title;
  const Output measured =
      test::run(measure + " --reference " + reference + " -o " + ladder_file + " 2>&1");
  ASSERT_EQ(measured.status, 0) << measured.text;
  const auto ladder = media::parse_ladder(contents(ladder_file), ladder_file);
  ASSERT_TRUE(ladder) << to_string(ladder.error());
  ASSERT_EQ(ladder->video.rungs.size(), 2u);
  EXPECT_EQ(ladder->video.segment_count, 3);
  const auto& low = ladder->video.rungs[0];
  const auto& high = ladder->video.rungs[1];
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_LT(low.ssim[i], high.ssim[i]);
    EXPECT_LT(low.psnr[i], high.psnr[i]);
  }
  // FFmpeg's own program says the same of the whole representation.
  const Output whole = test::run("ffmpeg -v info -i " + title + "/manifest.mpd -i " + reference +
                                 " -map 0:v:1 -lavfi '[0:v:1][1:v]ssim' -f null - 2>&1");
  const auto at = whole.text.rfind("All:");
  ASSERT_NE(at, std::string::npos) << whole.text;
  EXPECT_NEAR((high.ssim[0] + high.ssim[1] + high.ssim[2]) / 3,
              std::strtod(whole.text.c_str() + at + 4, nullptr), 1e-4);
  const std::string simulate = RUNG_PROGRAM " simulate --policy bba --trace " RUNG_SOURCE_DIR
                                            "/traces/synthetic --title " +
                               ladder_file;
  EXPECT_EQ(test::run(simulate + " --qoe ssim 2>&1").status, 0);
  // VMAF is there where FFmpeg has the filter; who insists on it without is told.
  const bool with_vmaf = measure::can_measure_vmaf();
  EXPECT_EQ(low.vmaf.size(), with_vmaf ? 3u : 0u);
  EXPECT_EQ(test::run(simulate + " --qoe vmaf 2>&1").status, with_vmaf ? 0 : 2);
  if (!with_vmaf) {
    const std::string none = (folder.path() / "none.json").string();
    const Output refused =
        test::run(measure + " --vmaf always --reference " + reference + " -o " + none + " 2>&1");
    EXPECT_EQ(refused.status, 4);
    EXPECT_THAT(refused.text, HasSubstr("--vmaf: FFmpeg's libavfilter was built without"));
    EXPECT_EQ(std::ranges::count(refused.text, '\n'), 1) << refused.text;
    EXPECT_FALSE(std::filesystem::exists(none));
  }

  const std::string shorter = (folder.path() / "shorter.mp4").string();
  ASSERT_EQ(test::run("ffmpeg -v error -i " + reference + " -t 1 -c copy " + shorter).status, 0);
  const Output short_of = test::run(measure + " --reference " + shorter + " 2>&1");
  EXPECT_EQ(short_of.status, 2);
  EXPECT_THAT(short_of.text, HasSubstr("before the title does"));
  EXPECT_EQ(test::run(measure + " --reference absent.mp4 2>&1").status, 1);
}

}  // namespace
}  // namespace rung
