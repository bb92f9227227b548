#include "evaluation/grid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <limits>
#include <vector>

namespace rung::evaluation {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;

TEST(Grid, HasOneSettingWithoutANameWhereNothingIsVaried) {
  Grid grid;
  grid.policies = {"bba", "rate"};
  grid.buffers = {12s};
  EXPECT_EQ(setting_count(grid), 1);
  const std::vector<GridSetting> settings = settings_of(grid);
  ASSERT_EQ(settings.size(), 1);
  EXPECT_EQ(settings[0].buffer, Duration(12s));
  EXPECT_FALSE(settings[0].rtt);
  EXPECT_EQ(settings[0].session_name, "");
  EXPECT_EQ(settings[0].network_name, "");
  EXPECT_THAT(variants_of(grid), ElementsAre("bba", "rate"));
}

TEST(Grid, NamesWhatItHasSeveralOf) {
  Grid grid;
  grid.policies = {"bba"};
  grid.estimators = {"last", "kalman:0.2"};
  grid.startups = {500ms};
  grid.resumes = {1s};
  grid.rtts = {0s, 70ms};
  grid.abandonment = {true, false};
  const std::vector<GridSetting> settings = settings_of(grid);
  ASSERT_EQ(settings.size(), 8);
  EXPECT_EQ(setting_count(grid), 8);
  EXPECT_EQ(settings[1].session_name, "estimator=last abandonment=false");
  EXPECT_EQ(settings[1].network_name, "rtt_ms=0");
  EXPECT_EQ(settings[6].session_name, "estimator=kalman:0.2 abandonment=true");
  EXPECT_EQ(settings[6].network_name, "rtt_ms=70");
  EXPECT_EQ(settings[6].startup, Duration(500ms));
  EXPECT_THAT(variants_of(grid), ElementsAre("bba estimator=last abandonment=true",
                                             "bba estimator=last abandonment=false",
                                             "bba estimator=kalman:0.2 abandonment=true",
                                             "bba estimator=kalman:0.2 abandonment=false"));
}

TEST(Grid, CountsWhatNoNumberHolds) {
  Grid grid;
  grid.policies = {"bba", "rate"};
  grid.seeds = {1, 2, 3};
  for (int i = 0; i < 65'536; ++i) grid.buffers.emplace_back(i);
  EXPECT_EQ(setting_count(grid), 65'536);
  EXPECT_EQ(least_sessions(grid), 6 * 65'536);
  grid.startups = grid.buffers;
  grid.resumes = grid.buffers;
  grid.rtts = grid.buffers;
  EXPECT_EQ(setting_count(grid), std::numeric_limits<std::size_t>::max());
  EXPECT_EQ(least_sessions(grid), std::numeric_limits<std::size_t>::max());
}

}  // namespace
}  // namespace rung::evaluation
