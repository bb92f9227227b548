#include "abr/qoe.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <vector>

namespace rung::abr {
namespace {

const std::vector<BitRate> pensieve{300_kbps, 750_kbps, 1200_kbps, 1850_kbps, 2850_kbps, 4300_kbps};

TEST(Qoe, CountsInTheUnitsOfItsModelAndInSeconds) {
  const Qoe qoe{.switch_penalty = 2, .rebuffer_penalty = 3, .startup_penalty = 5};
  EXPECT_DOUBLE_EQ(qoe.quality(pensieve, 4), 2.85);
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
  EXPECT_EQ(log.quality(pensieve, 0), 0);
  EXPECT_NEAR(log.quality(pensieve, 5), 2.66, 0.003);
  EXPECT_DOUBLE_EQ(log.quality(pensieve, 1), std::log(2.5));
  const Qoe hd = Qoe::of(QoeModel::hd);
  EXPECT_EQ(hd.rebuffer_penalty, 8);
  EXPECT_EQ(hd.switch_penalty, 1);
  const std::vector<double> scores{1, 2, 3, 12, 15, 20};
  for (RepresentationIndex i = 0; i < pensieve.size(); ++i)
    EXPECT_EQ(hd.quality(pensieve, i), scores[i]);
}

TEST(Qoe, ScoresHdBetweenPensievesBandwidthsAsTheNextLowerOne) {
  const Qoe hd = Qoe::of(QoeModel::hd);
  const std::vector<BitRate> other{100_kbps, 749_kbps, 1849_kbps, 9000_kbps};
  EXPECT_EQ(hd.quality(other, 0), 1);
  EXPECT_EQ(hd.quality(other, 1), 1);
  EXPECT_EQ(hd.quality(other, 2), 3);
  EXPECT_EQ(hd.quality(other, 3), 20);
}

TEST(Qoe, NamesItsModels) {
  for (const QoeModel model : {QoeModel::lin, QoeModel::log, QoeModel::hd})
    EXPECT_EQ(parse_qoe_model(to_string(model)), model);
  EXPECT_EQ(parse_qoe_model("ssim"), std::nullopt);
}

}  // namespace
}  // namespace rung::abr
