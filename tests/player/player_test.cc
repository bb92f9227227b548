#include "player/player.h"

#include <gmock/gmock.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "session/replay_environment.h"
#include "session/run.h"
#include "tests/support/nginx_server.h"
#include "tests/support/served_title.h"

namespace rung::player {
namespace {

using namespace std::chrono_literals;
using session::EndReason;
using testing::Contains;
using testing::HasSubstr;

/// Climbs one rung a segment.
class ClimbingPolicy : public abr::Policy {
 public:
  abr::Decision choose(const abr::DecisionContext& context) override {
    const std::size_t top = context.track.ladder(context.segment).size() - 1;
    const std::size_t wish = context.previous ? *context.previous + 1 : 0;
    return {.representation = std::min(wish, top), .reason = abr::Reason::throughput};
  }
};

class LastThroughput : public abr::ThroughputEstimator {
 public:
  void observe(const abr::TransferSample& sample) override { last_ = abr::throughput(sample); }
  std::optional<abr::Forecast> forecast() const override {
    return last_ ? std::optional(abr::Forecast{*last_, {}}) : std::nullopt;
  }

 private:
  std::optional<BitRate> last_;
};

class PlayerTest : public testing::Test {
 protected:
  static constexpr int pictures = 6 * 25;

  PlayerTest() { test::write_encoded_title(server_.files() / "title", 6); }

  PlayerOptions options(const std::string& path) {
    PlayerOptions result;
    result.url = server_.url(path);
    result.policy = "climbing";
    result.estimator = "last";
    result.display = Display::none;
    result.log_line = [this](std::string_view line) { log_ += std::string(line) + "\n"; };
    return result;
  }

  Expected<std::unique_ptr<Player>> open(PlayerOptions wanted) {
    return Player::open(std::move(wanted), std::make_unique<ClimbingPolicy>(),
                        std::make_unique<LastThroughput>(), stop_.get_token());
  }

  PlayerReport play(PlayerOptions wanted) {
    auto player = open(std::move(wanted));
    if (!player) {
      ADD_FAILURE() << to_string(player.error());
      return {};
    }
    return (*player)->play(stop_.get_token());
  }

  test::NginxServer server_;
  std::stop_source stop_;
  std::string log_;
};

TEST_F(PlayerTest, PlaysDashToItsEndAndTheLogReplays) {
  const PlayerReport report = play(options("/title/manifest.mpd"));
  EXPECT_EQ(report.failure, std::nullopt);
  EXPECT_EQ(report.session.end, EndReason::played_out);
  EXPECT_EQ(report.session.segments, 3);
  EXPECT_EQ(report.session.switches, 1);
  EXPECT_EQ(report.session.stall_count, 0);
  EXPECT_EQ(report.output.frames_decoded, pictures);
  EXPECT_EQ(report.output.frames_presented + report.output.frames_dropped, pictures);
  EXPECT_GT(report.output.frames_presented, pictures / 2);
  EXPECT_EQ(report.output.picture_height, 360);
  EXPECT_TRUE(report.first_frame_at);
  EXPECT_GT(report.session.observations, 10);
  EXPECT_GT(report.most_held, ByteCount(0));

  const auto recording = session::parse_session_log(log_, "log");
  ASSERT_TRUE(recording) << to_string(recording.error());
  EXPECT_THAT(recording->setup.title, HasSubstr("manifest.mpd"));
  session::StreamingSession again(recording->setup.tracks, recording->setup.options,
                                  std::make_unique<ClimbingPolicy>(),
                                  std::make_unique<LastThroughput>());
  session::ReplayEnvironment replay(*recording);
  session::run(again, replay);
  EXPECT_EQ(replay.divergence(), std::nullopt);
  EXPECT_GT(replay.matched(), 6U);
  EXPECT_EQ(again.report(), report.session);
}

TEST_F(PlayerTest, PlaysHls) {
  const PlayerReport report = play(options("/title/master.m3u8"));
  EXPECT_EQ(report.session.end, EndReason::played_out);
  EXPECT_EQ(report.output.frames_decoded, pictures);
}

TEST_F(PlayerTest, ASegmentThatIsGoneIsLeftOut) {
  for (const char* stream : {"0", "1"})
    std::filesystem::remove(server_.files() / "title" /
                            (std::string("chunk-stream") + stream + "-00002.m4s"));
  const PlayerReport report = play(options("/title/manifest.mpd"));
  EXPECT_FALSE(report.failure);
  EXPECT_EQ(report.session.end, EndReason::played_out);
  EXPECT_EQ(report.session.losses, 1);
  EXPECT_EQ(report.session.stall_count, 0);
  EXPECT_GE(report.output.frames_presented, pictures / 3 * 2 - 15);
  EXPECT_LT(report.session.elapsed, 6s);
  const auto recording = session::parse_session_log(log_, "log");
  ASSERT_TRUE(recording) << to_string(recording.error());
  session::StreamingSession again(recording->setup.tracks, recording->setup.options,
                                  std::make_unique<ClimbingPolicy>(),
                                  std::make_unique<LastThroughput>());
  session::ReplayEnvironment replay(*recording);
  session::run(again, replay);
  EXPECT_EQ(replay.divergence(), std::nullopt);
  EXPECT_EQ(again.report(), report.session);
}

TEST_F(PlayerTest, ALastSegmentThatIsGoneEndsWithANetworkFailureAndNoHang) {
  for (const char* stream : {"0", "1"})
    std::filesystem::remove(server_.files() / "title" /
                            (std::string("chunk-stream") + stream + "-00003.m4s"));
  PlayerOptions wanted = options("/title/manifest.mpd");
  wanted.session.max_attempts = 2;
  wanted.session.backoff_base = 1ms;
  const PlayerReport report = play(std::move(wanted));
  EXPECT_EQ(report.session.end, EndReason::network_failure);
  EXPECT_GE(report.session.failures, 2);
}

TEST_F(PlayerTest, BrokenMediaIsAFailureOfTheOutput) {
  for (const char* name : {"0-00001", "0-00002", "0-00003", "1-00001", "1-00002", "1-00003",
                           "2-00001", "2-00002", "2-00003", "2-00004"})
    server_.write_file(std::string("title/chunk-stream") + name + ".m4s", std::string(20'000, 'x'));
  const PlayerReport report = play(options("/title/manifest.mpd"));
  EXPECT_TRUE(report.failure);
  EXPECT_EQ(report.output.frames_presented, 0);
}

TEST_F(PlayerTest, AStopIsTheViewersLeaving) {
  auto player = open(options("/title/manifest.mpd"));
  ASSERT_TRUE(player) << to_string(player.error());
  std::jthread viewer([&] {
    while ((*player)->status().position < MediaTime(1s)) std::this_thread::sleep_for(5ms);
    const PlayerStatus status = (*player)->status();
    EXPECT_EQ(status.state, abr::PlaybackState::playing);
    EXPECT_EQ(status.height, 180);
    EXPECT_EQ(status.representation, BitRate::bits_per_second(200'000));
    EXPECT_GT(status.buffer_level, Duration(1s));
    EXPECT_TRUE(status.throughput);
    EXPECT_GE(status.end, MediaTime(6s));
    stop_.request_stop();
  });
  const PlayerReport report = (*player)->play(stop_.get_token());
  EXPECT_EQ(report.session.end, EndReason::viewer_left);
  EXPECT_LT(report.session.played, 5s);
}

TEST_F(PlayerTest, SeeksAndPausesThroughTheControl) {
  auto player = open(options("/title/manifest.mpd"));
  ASSERT_TRUE(player) << to_string(player.error());
  std::jthread viewer([&] {
    const auto wait_until = [&](auto there) {
      for (int i = 0; i < 4000 && !there((*player)->status()); ++i)
        std::this_thread::sleep_for(5ms);
      EXPECT_TRUE(there((*player)->status()));
    };
    PlayerControl& control = (*player)->control();
    wait_until([](const PlayerStatus& status) {  // All of the title is there.
      return status.position > MediaTime(300ms) && status.buffer_level > Duration(4500ms);
    });
    control.pause();
    control.seek(MediaTime(4s));
    wait_until([](const PlayerStatus& status) {
      return status.position >= MediaTime(3900ms) && status.state == abr::PlaybackState::paused;
    });
    wait_until([&](const PlayerStatus&) { return !control.seek_target(); });
    control.seek_by(-3s);
    wait_until([](const PlayerStatus& status) { return status.position < MediaTime(1100ms); });
    control.seek(MediaTime(-1h));
    control.resume();
    wait_until([](const PlayerStatus& status) {
      return status.position > MediaTime(200ms) && status.position < MediaTime(3s) &&
             status.state == abr::PlaybackState::playing;
    });
    control.stop();
  });
  const PlayerReport report = (*player)->play(stop_.get_token());
  EXPECT_EQ(report.session.end, EndReason::viewer_left);
  EXPECT_EQ(report.session.segments, 3) << "nothing was fetched again";
  EXPECT_EQ(report.session.discarded, ByteCount(0));
  EXPECT_GT(report.session.paused, Duration::zero());
  for (const char* line : {"\"ev\":\"seeked\",\"pos\":4.0", "\"kept\":true"})
    EXPECT_THAT(log_, HasSubstr(line));
  EXPECT_EQ(log_.find("\"kept\":false"), std::string::npos);
  EXPECT_TRUE(session::parse_session_log(log_, "log"));
}

TEST_F(PlayerTest, ASeekOutsideTheBufferFetchesThePlace) {
  PlayerOptions wanted = options("/title/manifest.mpd");
  wanted.session.buffer_capacity = 4500ms;
  auto player = open(std::move(wanted));
  ASSERT_TRUE(player) << to_string(player.error());
  std::jthread viewer([&] {
    while ((*player)->status().position < MediaTime(300ms)) std::this_thread::sleep_for(5ms);
    (*player)->control().seek(MediaTime(5s));
  });
  const PlayerReport report = (*player)->play(stop_.get_token());
  EXPECT_EQ(report.session.end, EndReason::played_out);
  EXPECT_LT(report.session.played, 3s);
  EXPECT_THAT(log_, HasSubstr("\"ev\":\"seeked\",\"pos\":5.0"));
  EXPECT_THAT(log_, HasSubstr("\"kept\":false"));
}

TEST_F(PlayerTest, SaysWhyATitleCannotBeOpened) {
  EXPECT_EQ(open(options("/status/404")).error().code, ErrorCode::network);
  server_.write_file("page.txt", "not a manifest");
  EXPECT_EQ(open(options("/page.txt")).error().code, ErrorCode::malformed);
  PlayerOptions wanted = options("/title/manifest.mpd");
  wanted.session.buffer_capacity = 1s;
  EXPECT_EQ(open(std::move(wanted)).error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace rung::player
