#include <SDL.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include "abr/estimator_factory.h"
#include "abr/policy_factory.h"
#include "network_sim/emulator/origin.h"
#include "player/player.h"
#include "tests/support/served_title.h"
#include "tests/support/temporary_directory.h"

// Players with a window and a sound device, of SDL's drivers that need no hardware, to which
// something happens.

namespace rung::player {
namespace {

using namespace std::chrono_literals;

class PlayerWindowTest : public testing::Test {
 protected:
  PlayerWindowTest() { test::write_encoded_title(directory_.path(), 4); }

  /// A player of the title, whose server follows the script of faults.
  Expected<std::unique_ptr<Player>> open(const std::string& audio_driver,
                                         const std::string& faults = R"({"rules": []})") {
    setenv("SDL_VIDEODRIVER", "dummy", 1);
    setenv("SDL_AUDIODRIVER", audio_driver.c_str(), 1);
    emulator::OriginOptions served;
    served.directory = directory_.path();
    served.faults = emulator::FaultScript::create(faults, "faults").value();
    origin_ = emulator::Origin::create(std::move(served)).value();
    PlayerOptions options;
    options.url = origin_->url() + "manifest.mpd";
    options.display = Display::window;
    return Player::open(std::move(options), *abr::make_policy("fixed:0", {}),
                        *abr::make_estimator("harmonic"), {});
  }

  test::TemporaryDirectory directory_;
  std::unique_ptr<emulator::Origin> origin_;
};

TEST_F(PlayerWindowTest, ClosedInTheMiddleOfADownloadItLeaves) {
  auto player = open(
      "dummy",
      R"({"rules": [{"contains": "chunk-stream0-00002", "action": "stall", "after_bytes": 5000}]})");
  ASSERT_TRUE(player) << to_string(player.error());
  std::jthread viewer([&](const std::stop_token& stop) {
    while (!stop.stop_requested() && !(*player)->status().first_frame_shown)
      std::this_thread::sleep_for(5ms);
    SDL_Event close{};
    close.type = SDL_QUIT;
    SDL_PushEvent(&close);
  });
  const PlayerReport report = (*player)->play({});
  EXPECT_EQ(report.session.end, session::EndReason::viewer_left);
  EXPECT_EQ(report.failure, std::nullopt);
  EXPECT_GT(report.output.frames_presented, 0);
}

TEST_F(PlayerWindowTest, ASoundDeviceThatGoesIsNoEndOfThePictures) {
  // What the driver plays cannot be written: the device is lost with its first samples.
  setenv("SDL_DISKAUDIOFILE", "/dev/full", 1);
  auto player = open("disk");
  ASSERT_TRUE(player) << to_string(player.error());
  const PlayerReport report = (*player)->play({});
  EXPECT_EQ(report.session.end, session::EndReason::played_out);
  EXPECT_EQ(report.failure, std::nullopt);
  EXPECT_EQ(report.session.stall_count, 0);
  EXPECT_EQ(report.output.frames_decoded, 100);
}

}  // namespace
}  // namespace rung::player
