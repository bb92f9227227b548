#include "abr/qoe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <vector>

#include "tests/support/titles.h"

namespace rung::abr {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

const media::Track pensieve = test::uniform_track(2, 4s, {300, 750, 1200, 1850, 2850, 4300});

/// Two segments of two representations.
media::Track looking(std::vector<double> ssim, std::vector<double> vmaf) {
  std::vector<media::Track::Part> parts = test::uniform_track(2, 4s, {300, 750}).parts();
  parts[0].ssim = std::move(ssim);
  parts[0].vmaf = std::move(vmaf);
  return *media::Track::create(std::move(parts));
}

TEST(Qoe, CountsInTheUnitsOfItsModelAndInSeconds) {
  const Qoe qoe{.switch_penalty = 2, .rebuffer_penalty = 3, .startup_penalty = 5};
  EXPECT_DOUBLE_EQ(qoe.quality(pensieve, 0, 4), 2.85);
  EXPECT_DOUBLE_EQ(qoe.switch_cost(0.3, 1.3), 2);
  EXPECT_DOUBLE_EQ(qoe.switch_cost(1.3, 0.3), 2);
  EXPECT_DOUBLE_EQ(qoe.rebuffer_cost(std::chrono::milliseconds(500)), 1.5);
  EXPECT_DOUBLE_EQ(qoe.startup_cost(std::chrono::milliseconds(500)), 2.5);
}

TEST(Qoe, HasThePenaltiesAndQualitiesOfPensievesTable) {
  const Qoe lin = Qoe::of(QoeModel::lin);
  EXPECT_EQ(lin, Qoe{});
  const Qoe log = Qoe::of(QoeModel::log);
  EXPECT_EQ(log.rebuffer_penalty, 2.66);
  EXPECT_EQ(log.quality(pensieve, 1, 0), 0);
  EXPECT_NEAR(log.quality(pensieve, 1, 5), 2.66, 0.003);
  EXPECT_DOUBLE_EQ(log.quality(pensieve, 1, 1), std::log(2.5));
  const Qoe hd = Qoe::of(QoeModel::hd);
  EXPECT_EQ(hd.rebuffer_penalty, 8);
  EXPECT_EQ(hd.switch_penalty, 1);
  const std::vector<double> scores{1, 2, 3, 12, 15, 20};
  for (RepresentationIndex i = 0; i < scores.size(); ++i)
    EXPECT_EQ(hd.quality(pensieve, 0, i), scores[i]);
}

TEST(Qoe, ScoresHdBetweenPensievesBandwidthsAsTheNextLowerOne) {
  const Qoe hd = Qoe::of(QoeModel::hd);
  const media::Track other = test::uniform_track(1, 4s, {100, 749, 1849, 9000});
  EXPECT_EQ(hd.quality(other, 0, 0), 1);
  EXPECT_EQ(hd.quality(other, 0, 1), 1);
  EXPECT_EQ(hd.quality(other, 0, 2), 3);
  EXPECT_EQ(hd.quality(other, 0, 3), 20);
}

TEST(Qoe, IsInDecibelsOfWhatSsimLeavesOfOne) {
  const Qoe qoe = Qoe::of(QoeModel::ssim);
  const media::Track track = looking({0.9, 0.99, 0, 1}, {});
  EXPECT_DOUBLE_EQ(qoe.quality(track, 0, 0), 10);
  EXPECT_DOUBLE_EQ(qoe.quality(track, 0, 1), 20);
  EXPECT_EQ(qoe.quality(track, 1, 0), 0);
  EXPECT_EQ(qoe.quality(track, 1, 1), 60);
  EXPECT_EQ(qoe.measure_of(17), 17);
  EXPECT_EQ(qoe.rebuffer_cost(1s), 100);
  EXPECT_EQ(qoe.startup_cost(1s), 0);
  EXPECT_EQ(qoe.switch_cost(10, 12), 2);
  EXPECT_EQ(qoe.switch_cost(12, 10), 2);
}

TEST(Qoe, HasComycosCoefficientsForVmaf) {
  const Qoe qoe = Qoe::of(QoeModel::vmaf);
  const media::Track track = looking({}, {40, 90, 50, 100});
  const double low = qoe.quality(track, 0, 0);
  const double high = qoe.quality(track, 1, 1);
  EXPECT_DOUBLE_EQ(low, 0.8469 * 40);
  EXPECT_DOUBLE_EQ(high, 0.8469 * 100);
  EXPECT_DOUBLE_EQ(qoe.measure_of(low), 40);
  EXPECT_DOUBLE_EQ(qoe.switch_cost(low, high), -0.2979 * 60);
  EXPECT_DOUBLE_EQ(qoe.switch_cost(high, low), 1.0610 * 60);
  EXPECT_DOUBLE_EQ(qoe.rebuffer_cost(1s), 28.7959);
  EXPECT_EQ(qoe.startup_cost(1s), 0);
}

TEST(Qoe, NeedsATitleThatTellsWhatItIsMeasuredBy) {
  const media::Track told = looking({0.9, 0.99, 0.9, 1}, {});
  EXPECT_TRUE(Qoe::of(QoeModel::ssim).check(told));
  EXPECT_TRUE(Qoe::of(QoeModel::hd).check(pensieve));
  const auto refused = Qoe::of(QoeModel::vmaf).check(told);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("\"vmaf\""));
  EXPECT_FALSE(Qoe::of(QoeModel::ssim).check(pensieve));
}

TEST(Qoe, NamesItsModels) {
  for (const QoeModel model : qoe_models) EXPECT_EQ(parse_qoe_model(to_string(model)), model);
  EXPECT_EQ(parse_qoe_model("psnr"), std::nullopt);
}

}  // namespace
}  // namespace rung::abr
