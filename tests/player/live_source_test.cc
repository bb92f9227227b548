#include "player/live_source.h"

#include <gmock/gmock.h>

#include <array>
#include <ctime>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <utility>

#include "player/dash_live_source.h"
#include "player/hls_live_source.h"
#include "player/player.h"
#include "session/replay_environment.h"
#include "session/run.h"
#include "tests/support/nginx_server.h"
#include "tests/support/policies.h"
#include "tests/support/served_title.h"

// Live titles with real media, whose playlists and manifests the tests write as they go on.

namespace rung::player {
namespace {

using namespace std::chrono_literals;
using session::EndReason;

/// Climbs one rung a segment.
class ClimbingPolicy : public abr::Policy {
 public:
  abr::Decision choose(const abr::DecisionContext& context) override {
    const std::size_t top = context.track.ladder(context.segment).size() - 1;
    const std::size_t wish = context.previous ? *context.previous + 1 : 0;
    return {.representation = std::min(wish, top), .reason = abr::Reason::fixed};
  }
};

class LiveSourceTest : public testing::Test {
 protected:
  static constexpr int segments = 4;

  LiveSourceTest() {
    test::write_encoded_title(server_.files() / "title", segments * 2);
    for (int i = 0; i < 3; ++i) {
      std::ifstream file(server_.files() / "title" / name_of(i));
      std::ostringstream text;
      text << file.rdbuf();
      playlists_[static_cast<std::size_t>(i)] = text.str();
    }
  }

  static std::string name_of(int playlist) { return "media_" + std::to_string(playlist) + ".m3u8"; }

  /// Lets the playlists list segments [first, last), which have numbers from 100 on; `growing` is
  /// listed behind them as a part.
  void show(int first, int last, const std::string& before = {}, const std::string& behind = {},
            std::optional<int> growing = {}) {
    for (int i = 0; i < 3; ++i) {
      std::istringstream lines(playlists_[static_cast<std::size_t>(i)]);
      std::string listed = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n" +
                           ("#EXT-X-MEDIA-SEQUENCE:" + std::to_string(100 + first)) + "\n" + before;
      std::string pending;
      int segment = 0;
      for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("#EXT-X-MAP")) listed += line + "\n";
        if (line.starts_with("#EXTINF")) pending = line + "\n";
        if (line.empty() || line.starts_with('#')) continue;
        if (segment >= first && segment < last) listed += pending + line + "\n";
        if (segment == growing) listed += "#EXT-X-PART:DURATION=2,URI=\"" + line + "\"\n";
        ++segment;
      }
      server_.write_file("title/" + name_of(i), listed + behind);
    }
  }

  Expected<std::unique_ptr<Player>> open() {
    PlayerOptions wanted;
    wanted.url = server_.url("/title/master.m3u8");
    wanted.policy = "climbing";
    wanted.estimator = "last";
    wanted.display = Display::none;
    wanted.log_line = [this](std::string_view line) { log_ += std::string(line) + "\n"; };
    return Player::open(std::move(wanted), std::make_unique<ClimbingPolicy>(),
                        std::make_unique<test::LastThroughput>(), stop_.get_token());
  }

  template <typename There>
  static void wait_until(Player& player, There there) {
    for (int i = 0; i < 4000 && !there(player.status()); ++i) std::this_thread::sleep_for(5ms);
    EXPECT_TRUE(there(player.status()));
  }

  test::NginxServer server_;
  std::array<std::string, 3> playlists_;
  std::stop_source stop_;
  std::string log_;
};

TEST_F(LiveSourceTest, HlsPlaysOnToItsEndThroughChangesOfRepresentationAndReplays) {
  show(0, 2);
  auto player = open();
  ASSERT_TRUE(player) << to_string(player.error());
  std::jthread broadcast([&] {
    wait_until(**player, [](const PlayerStatus& status) { return status.first_frame_shown; });
    show(0, 1);  // A server that lags, for a moment.
    std::this_thread::sleep_for(2500ms);
    show(1, 5, "", "#EXT-X-ENDLIST\n");
  });
  const PlayerReport report = (*player)->play(stop_.get_token());
  EXPECT_EQ(report.failure, std::nullopt);
  EXPECT_EQ(report.session.end, EndReason::played_out);
  EXPECT_EQ(report.session.failures, 0);
  EXPECT_EQ(report.session.switches, 1);
  // Joined a target duration behind the beginning, as the window is no longer.
  EXPECT_GE(report.output.frames_decoded, (segments - 1) * 50);
  EXPECT_EQ(report.output.picture_height, 360);

  const auto recording = session::parse_session_log(log_, "log");
  ASSERT_TRUE(recording) << to_string(recording.error());
  session::StreamingSession again(recording->setup.tracks, recording->setup.options,
                                  std::make_unique<ClimbingPolicy>(),
                                  std::make_unique<test::LastThroughput>());
  session::ReplayEnvironment replay(*recording);
  session::run(again, replay);
  EXPECT_EQ(replay.divergence(), std::nullopt);
  EXPECT_EQ(again.report(), report.session);
}

TEST_F(LiveSourceTest, ASegmentThatIsGrowingWhenAllIsOverEndsWithItsParts) {
  const std::string control =
      "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES\n#EXT-X-PART-INF:PART-TARGET=1\n";
  show(0, 2, control, "", 2);
  auto player = open();
  ASSERT_TRUE(player) << to_string(player.error());
  std::jthread broadcast([&] {
    wait_until(**player, [](const PlayerStatus& status) { return status.first_frame_shown; });
    std::this_thread::sleep_for(500ms);
    show(0, 2, control, "#EXT-X-ENDLIST\n", 2);
  });
  const PlayerReport report = (*player)->play(stop_.get_token());
  EXPECT_EQ(report.failure, std::nullopt);
  EXPECT_EQ(report.session.end, EndReason::played_out);
  EXPECT_EQ(report.session.failures, 0) << "nothing was waited for until it timed out";
  // Joined three parts behind the end, within the segment before.
  EXPECT_GE(report.output.frames_decoded, 60);
}

TEST(LiveReload, MayTakeAsLongAsTheNextOneIsOffAndLongerBehindFailures) {
  EXPECT_EQ(reload_timeout(2s, 0), 2s);
  EXPECT_EQ(reload_timeout(2s, 1), 4s);
  EXPECT_EQ(reload_timeout(2s, 5), 10s);
  EXPECT_EQ(reload_timeout(Duration::zero(), 0), 1s);
  EXPECT_EQ(reload_timeout(1h, 0), 10s);
  EXPECT_EQ(reload_wait(1h, 1), 500ms);
  EXPECT_EQ(reload_wait(1h, 3), 2s);
  EXPECT_EQ(reload_wait(1h, 100), 8s);
  EXPECT_EQ(reload_wait(4s, 100), 4s);
  EXPECT_EQ(reload_wait(Duration::zero(), 100), 2s);
}

TEST_F(LiveSourceTest, AnHlsEventIsJoinedAtItsEndAndCanBeSoughtFromItsBeginning) {
  show(0, 5, "#EXT-X-PLAYLIST-TYPE:EVENT\n");
  auto player = open();
  ASSERT_TRUE(player) << to_string(player.error());
  std::jthread viewer([&] {
    wait_until(**player, [](const PlayerStatus& status) {
      return status.first_frame_shown && status.position >= MediaTime(2s);
    });
    (*player)->control().seek(MediaTime{});
    wait_until(**player, [](const PlayerStatus& status) {
      return status.position > MediaTime(100ms) && status.position < MediaTime(1500ms) &&
             status.state == abr::PlaybackState::playing;
    });
    (*player)->control().stop();
  });
  const PlayerReport report = (*player)->play(stop_.get_token());
  EXPECT_EQ(report.session.end, EndReason::viewer_left);
  EXPECT_EQ(report.failure, std::nullopt);
}

std::string with(std::string text, const std::string& what, const std::string& value) {
  return text.replace(text.find(what), what.size(), value);
}

/// The MPD as that of a live title that began so long ago, with `more` attributes.
std::string as_live(const std::string& text, std::chrono::seconds ago, const std::string& more) {
  const std::time_t begun = std::time(nullptr) - ago.count();
  std::array<char, 32> start{};
  std::strftime(start.data(), start.size(), "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&begun));
  return with(
      text, "type=\"static\"",
      "type=\"dynamic\" availabilityStartTime=\"" + std::string(start.data()) + "\" " + more);
}

TEST_F(LiveSourceTest, AnMpdThatIsNotReadAgainEndsBehindItsLastSegment) {
  const auto manifest = server_.files() / "title" / "manifest.mpd";
  std::ostringstream text;
  text << std::ifstream(manifest).rdbuf();
  server_.write_file("title/manifest.mpd",
                     as_live(text.str(), segments * 2s - 3s, "timeShiftBufferDepth=\"PT4S\""));
  PlayerOptions wanted;
  wanted.url = server_.url("/title/manifest.mpd");
  wanted.display = Display::none;
  auto player = Player::open(std::move(wanted), std::make_unique<ClimbingPolicy>(),
                             std::make_unique<test::LastThroughput>(), stop_.get_token());
  ASSERT_TRUE(player) << to_string(player.error());
  const PlayerReport report = (*player)->play(stop_.get_token());
  EXPECT_EQ(report.failure, std::nullopt);
  EXPECT_EQ(report.session.end, EndReason::played_out);
  EXPECT_GE(report.session.played, 3s) << "also what was still to come at first";
}

TEST_F(LiveSourceTest, BehindALocationThatFailsComesThePlaceThatAnMpdWasFoundAt) {
  const auto manifest = server_.files() / "title" / "manifest.mpd";
  std::ostringstream text;
  text << std::ifstream(manifest).rdbuf();
  std::string live = as_live(text.str(), segments * 2s, "minimumUpdatePeriod=\"PT0.5S\"");
  live = with(live, "<Period", "<Location>" + server_.url("/gone.mpd") + "</Location><Period");
  server_.write_file("title/manifest.mpd", live);
  PlayerOptions wanted;
  wanted.url = server_.url("/title/manifest.mpd");
  wanted.display = Display::none;
  auto player = Player::open(std::move(wanted), std::make_unique<ClimbingPolicy>(),
                             std::make_unique<test::LastThroughput>(), stop_.get_token());
  ASSERT_TRUE(player) << to_string(player.error());
  server_.write_file("title/manifest.mpd", text.str());
  const PlayerReport report = (*player)->play(stop_.get_token());
  EXPECT_EQ(report.failure, std::nullopt);
  EXPECT_EQ(report.session.end, EndReason::played_out);
}

TEST_F(LiveSourceTest, ANumberThatATrackHasNotIsWhereItsListIs) {
  show(0, 3);
  EventLoop loop;
  HttpClient client(loop, {});
  auto title = TitleLoader(loop, client, {}).load(server_.url("/title/master.m3u8"), {});
  ASSERT_TRUE(title) << to_string(title.error());
  auto selection = media::TrackSelection::create(title->presentation, {});
  ASSERT_TRUE(selection) << to_string(selection.error());
  UrlPlaces places(selection->presentation().places);
  const auto source = LiveSource::create(loop, client, *title, *selection, {}, {}, places);
  const session::FetchSegment there{.track = media::TrackKind::audio, .segment = 2};
  // Of the sound that was heard before.
  const session::FetchSegment gone{.track = media::TrackKind::audio, .segment = 99};
  EXPECT_THAT(source->source_of(there).segment.url, testing::HasSubstr(".m4s"));
  EXPECT_THAT(source->source_of(gone).segment.url, testing::EndsWith(".m3u8"));
}

TEST_F(LiveSourceTest, OnlyThePlaylistsInUseAreReadAgain) {
  show(0, 3);
  auto player = open();
  ASSERT_TRUE(player) << to_string(player.error());
  std::jthread viewer([&] {
    wait_until(**player, [](const PlayerStatus& status) { return status.first_frame_shown; });
    std::this_thread::sleep_for(4500ms);
    (*player)->control().stop();
  });
  const PlayerReport report = (*player)->play(stop_.get_token());
  EXPECT_EQ(report.session.end, EndReason::viewer_left);
  int low = 0;
  int high = 0;
  for (const auto& access : server_.accesses(20)) {
    low += access.path == "/title/media_0.m3u8" ? 1 : 0;
    high += access.path == "/title/media_1.m3u8" ? 1 : 0;
  }
  EXPECT_EQ(low, 1) << "read once to load the title";
  EXPECT_GE(high, 3) << "after a target duration, then each half of one";
}

}  // namespace
}  // namespace rung::player
