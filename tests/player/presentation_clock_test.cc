#include "player/presentation_clock.h"

#include <gtest/gtest.h>

namespace rung::player {
namespace {

using std::chrono::milliseconds;

constexpr SteadyTime noon{std::chrono::hours(12)};
constexpr MediaTime begin{std::chrono::seconds(7)};

TEST(PresentationClock, StandsUntilItIsStarted) {
  const PresentationClock clock(begin);
  EXPECT_FALSE(clock.running());
  EXPECT_EQ(clock.position(noon + milliseconds(500)), begin);
}

TEST(PresentationClock, RunsWithTheSteadyClockAndStandsWhereItIsHeld) {
  PresentationClock clock(begin);
  clock.start(noon);
  EXPECT_EQ(clock.position(noon + milliseconds(500)), begin + milliseconds(500));
  clock.hold(noon + milliseconds(600));
  EXPECT_EQ(clock.position(noon + milliseconds(900)), begin + milliseconds(600));
  clock.start(noon + milliseconds(900));
  EXPECT_EQ(clock.position(noon + milliseconds(1000)), begin + milliseconds(700));
}

TEST(PresentationClock, GoesOnFasterFromWhereItIs) {
  PresentationClock clock(begin);
  clock.set_speed(Speed::of_percent(50), noon);
  EXPECT_FALSE(clock.running());
  clock.start(noon);
  clock.set_speed(Speed::of_percent(200), noon + milliseconds(400));
  EXPECT_EQ(clock.position(noon + milliseconds(400)), begin + milliseconds(200));
  EXPECT_EQ(clock.position(noon + milliseconds(700)), begin + milliseconds(800));
  clock.hold(noon + milliseconds(700));
  clock.set_speed(Speed(), noon + milliseconds(900));
  EXPECT_EQ(clock.position(noon + milliseconds(900)), begin + milliseconds(800));
}

TEST(PresentationClock, FollowsTheSoundButNeverBackwards) {
  PresentationClock clock(begin);
  clock.start(noon);
  clock.follow(begin + milliseconds(90), noon + milliseconds(100));
  EXPECT_EQ(clock.position(noon + milliseconds(100)), begin + milliseconds(90));
  clock.follow(begin + milliseconds(80), noon + milliseconds(200));
  EXPECT_EQ(clock.position(noon + milliseconds(200)), begin + milliseconds(90));
}

TEST(PresentationClock, JumpsWhereASeekGoes) {
  PresentationClock clock(begin);
  clock.start(noon);
  clock.jump(MediaTime{}, noon + milliseconds(100));
  EXPECT_EQ(clock.position(noon + milliseconds(150)), MediaTime(milliseconds(50)));
}

TEST(PresentationClock, SkipsTimeThatDoesNotCount) {
  PresentationClock clock(begin);
  clock.start(noon);
  clock.skip(std::chrono::seconds(20));
  EXPECT_EQ(clock.position(noon + std::chrono::seconds(20) + milliseconds(30)),
            begin + milliseconds(30));
}

}  // namespace
}  // namespace rung::player
