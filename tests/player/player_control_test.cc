#include "player/player_control.h"

#include <gtest/gtest.h>

#include <chrono>
#include <variant>
#include <vector>

#include "tests/support/titles.h"

namespace rung::player {
namespace {

using namespace std::chrono_literals;

class PlayerControlTest : public testing::Test {
 protected:
  MediaTime last_target() const {
    const auto* sought =
        wishes_.empty() ? nullptr : std::get_if<session::ViewerSought>(&wishes_.back());
    EXPECT_NE(sought, nullptr);
    return sought != nullptr ? sought->to : MediaTime::min();
  }

  std::vector<session::Event> wishes_;
  MediaTime position_{10s};
  PlayerControl control_{{.post = [this](session::Event wish) { wishes_.push_back(wish); },
                          .position = [this] { return position_; },
                          .end = MediaTime(100s)}};
};

TEST_F(PlayerControlTest, ClampsSeeksIntoTheTitle) {
  control_.seek(MediaTime(1h));
  EXPECT_EQ(last_target(), MediaTime(100s));
  control_.seek(MediaTime(-5s));
  EXPECT_EQ(last_target(), MediaTime(0s));
}

TEST_F(PlayerControlTest, StepsAddUpWhileASeekIsOnItsWay) {
  control_.seek_by(5s);
  EXPECT_EQ(last_target(), MediaTime(15s));
  control_.seek_by(5s);
  EXPECT_EQ(last_target(), MediaTime(20s));
  control_.arrived(1);  // The first one; the second is still on its way.
  EXPECT_EQ(control_.seek_target(), MediaTime(20s));
  control_.arrived(2);
  EXPECT_EQ(control_.seek_target(), std::nullopt);
  position_ = MediaTime(21s);
  control_.seek_by(-5s);
  EXPECT_EQ(last_target(), MediaTime(16s));
}

TEST_F(PlayerControlTest, TellsAPauseOnce) {
  control_.pause();
  control_.pause();
  ASSERT_EQ(wishes_.size(), 1U);
  EXPECT_TRUE(control_.paused());
  control_.toggle_pause();
  EXPECT_FALSE(control_.paused());
  ASSERT_EQ(wishes_.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<session::ViewerResumed>(wishes_.back()));
  control_.resume();
  EXPECT_EQ(wishes_.size(), 2U);
}

TEST_F(PlayerControlTest, TellsWhichRungIsPinned) {
  control_.pin(2);
  control_.pin(std::nullopt);
  EXPECT_EQ(std::get<session::ViewerPinned>(wishes_.at(0)).representation, 2U);
  EXPECT_EQ(std::get<session::ViewerPinned>(wishes_.at(1)).representation, std::nullopt);
}

TEST_F(PlayerControlTest, TellsTheSpeed) {
  control_.set_speed(Speed::of_percent(150));
  EXPECT_EQ(std::get<session::ViewerChangedSpeed>(wishes_.at(0)).speed, Speed::of_percent(150));
}

TEST_F(PlayerControlTest, AnotherAudioTrackIsOnItsWayUntilThePictureAlongWithItIsThere) {
  const media::Track track = test::uniform_track(3, std::chrono::seconds(2), {64});
  control_.change_audio(track);
  EXPECT_EQ(std::get<session::ViewerChangedAudio>(wishes_.at(0)).track, track);
  EXPECT_TRUE(control_.seek_target());
  control_.seek(MediaTime(1s));
  control_.change_audio(track);
  EXPECT_EQ(control_.seek_target(), MediaTime(1s));
  control_.arrived(2);
  EXPECT_TRUE(control_.seek_target());
  control_.arrived(3);
  EXPECT_FALSE(control_.seek_target());
}

TEST_F(PlayerControlTest, NothingFollowsAStop) {
  control_.stop();
  control_.stop();
  control_.seek(MediaTime(1s));
  control_.toggle_pause();
  control_.pin(0);
  control_.set_speed(Speed());
  control_.change_audio(test::uniform_track(3, std::chrono::seconds(2), {64}));
  ASSERT_EQ(wishes_.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<session::ViewerLeft>(wishes_.front()));
}

}  // namespace
}  // namespace rung::player
