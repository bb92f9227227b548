#include "recommend/moment_counts.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "tests/support/viewers.h"

namespace rung::recommend {
namespace {

TEST(MomentCounts, AnHourSpeaksForWhatIsPlayedAboutThen) {
  Plays plays = test::generated_viewers(50, 20, 10, 5);
  test::set_moments(plays, 1, 6);
  const MomentCounts counts = MomentCounts::count(plays);
  const auto hour_lifts = [&](std::uint8_t hour) {
    std::vector<float> column(20);
    counts.write_hour_lifts(hour, column);
    return column;
  };
  for (const std::uint8_t hour : std::initializer_list<std::uint8_t>{7, 8, 9}) {
    EXPECT_GT(hour_lifts(hour)[2], 0) << "even titles are played at 8";
    EXPECT_LT(hour_lifts(hour)[3], 0);
  }
  EXPECT_GT(hour_lifts(20)[3], 0);
  EXPECT_EQ(hour_lifts(2), std::vector<float>(20)) << "nothing was ever played then";
  EXPECT_EQ(hour_lifts(Moment::unknown), std::vector<float>(20));

  std::vector<float> column(20);
  counts.write_device_lifts(counts.find_device("phone"), column);
  EXPECT_GT(column[2], 0);
  EXPECT_LT(column[3], 0);
  EXPECT_EQ(counts.find_device("wall"), Moment::unknown);
}

TEST(MomentCounts, ATitleWithFewPlaysIsDrawnToTheUsual) {
  Plays plays;
  plays.titles = {"rare", "often", "never"};
  plays.viewers = {"v"};
  plays.by_viewer.resize(1);
  const auto play = [&](TitleIndex title, std::uint8_t hour, int times) {
    for (int i = 0; i < times; ++i)
      plays.by_viewer[0].push_back({.title = title, .moment = {.hour = hour}, .time = {}});
  };
  play(0, 12, 1);
  play(1, 12, 100);
  play(1, 0, 10);
  play(2, 0, 0);
  std::vector<float> column(3);
  MomentCounts::count(plays).write_hour_lifts(0, column);
  EXPECT_LT(column[0], 0);
  EXPECT_GT(column[0], -0.2F);
  EXPECT_NEAR(column[2], 0, 1e-6);
  EXPECT_FALSE(MomentCounts::count(test::generated_viewers(4, 5, 3, 1)).known());
}

}  // namespace
}  // namespace rung::recommend
