#include "abr/qoe.h"

#include <gtest/gtest.h>

namespace rung::abr {
namespace {

TEST(QoeLin, CountsInMegabitsPerSecondAndSeconds) {
  const QoeLin qoe{.switch_penalty = 2, .rebuffer_penalty = 3, .startup_penalty = 5};
  EXPECT_DOUBLE_EQ(QoeLin::quality(2850_kbps), 2.85);
  EXPECT_DOUBLE_EQ(qoe.switch_cost(300_kbps, 1300_kbps), 2);
  EXPECT_DOUBLE_EQ(qoe.switch_cost(1300_kbps, 300_kbps), 2);
  EXPECT_DOUBLE_EQ(qoe.rebuffer_cost(std::chrono::milliseconds(500)), 1.5);
  EXPECT_DOUBLE_EQ(qoe.startup_cost(std::chrono::milliseconds(500)), 2.5);
}

}  // namespace
}  // namespace rung::abr
