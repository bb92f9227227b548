#include "player/state_text.h"

#include <gtest/gtest.h>

namespace rung::player {
namespace {

TEST(StateText, IsOneWordForEveryState) {
  EXPECT_STREQ(state_text(abr::PlaybackState::starting), "starting");
  EXPECT_STREQ(state_text(abr::PlaybackState::playing), "playing");
  EXPECT_STREQ(state_text(abr::PlaybackState::stalled), "stalled");
  EXPECT_STREQ(state_text(abr::PlaybackState::seeking), "seeking");
  EXPECT_STREQ(state_text(abr::PlaybackState::paused), "paused");
  EXPECT_STREQ(state_text(abr::PlaybackState::ended), "ended");
}

}  // namespace
}  // namespace rung::player
