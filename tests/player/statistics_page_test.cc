#include "player/statistics_page.h"

#include <SDL.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "player/viewer_input.h"

namespace rung::player {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Contains;
using testing::Field;

PlaybackStatistics some_statistics() {
  PlaybackStatistics all;
  const Rung low{0, 3, BitRate::bits_per_second(500'000), 360};
  const Rung high{2, 3, BitRate::bits_per_second(4'300'000), 1080};
  all.session.title = "http://example.test/manifest.mpd";
  all.session.policy = "bba";
  all.session.estimator = "harmonic";
  all.session.buffer_capacity = seconds(20);
  all.session.state = abr::PlaybackState::playing;
  all.session.end = MediaTime(seconds(60));
  all.session.buffer_level = seconds(8);
  all.session.forecast = abr::Forecast{BitRate::bits_per_second(3'200'000), milliseconds(40)};
  SessionSnapshot::Transfer transfer;
  transfer.request.segment = 7;
  transfer.request.reason = abr::Reason::throughput;
  transfer.rung = high;
  transfer.received = ByteCount(250'000);
  transfer.expected = ByteCount(1'000'000);
  transfer.running = true;
  all.session.transfers[0] = transfer;
  all.session.throughput = {BitRate::bits_per_second(1'000'000),
                            BitRate::bits_per_second(4'000'000)};
  all.session.buffered = {{MediaTime(seconds(8)), MediaTime(seconds(12)), low},
                          {MediaTime(seconds(12)), MediaTime(seconds(18)), high}};
  all.session.notes = {{Timestamp(milliseconds(1500)), "stands still"}};
  all.session.report.stall_count = 1;
  all.session.report.stalled = milliseconds(850);
  all.session.report.startup_delay = milliseconds(620);
  all.output.position = MediaTime(seconds(10));
  all.output.frames_presented = 240;
  all.output.frames_dropped = 3;
  all.shown = low;
  return all;
}

auto row(const std::string& label, const std::string& value) {
  return Contains(testing::AllOf(Field(&Page::Row::label, label), Field(&Page::Row::value, value)));
}

TEST(StatisticsPage, TellsHowFarBehindTheLiveEdgePlaybackIs) {
  PlaybackStatistics statistics = some_statistics();
  statistics.session.latency = milliseconds(6400);
  statistics.session.latency_target = seconds(6);
  statistics.session.speed = Speed::of_percent(105);
  EXPECT_THAT(page_of(statistics, StatisticsPage::stream).rows,
              row("live", "6.40 s behind, target 6.00 s, rate 1.05"));
}

TEST(StatisticsPage, TellsOfTheStreamWhatTheSessionAndTheOutputKnow) {
  const Page page = page_of(some_statistics(), StatisticsPage::stream);
  EXPECT_THAT(page.rows, row("position", "00:10 / 01:00, playing"));
  EXPECT_THAT(page.rows, row("playing", "360p 0.50 Mbit/s (1 of 3)"));
  EXPECT_THAT(page.rows, row("fetched", "segment 7, 1080p 4.30 Mbit/s (3 of 3), 25 %"));
  EXPECT_THAT(page.rows, row("  because", "the best that the forecast carries"));
  EXPECT_THAT(page.rows, row("buffer", "8.0 of 20 s"));
  EXPECT_THAT(page.rows, row("forecast", "3.20 Mbit/s, latency 40 ms"));
  EXPECT_THAT(page.rows, row("stalls", "1, 0.85 s"));
  EXPECT_THAT(page.rows, row("start-up", "0.62 s"));
  EXPECT_THAT(page.rows, row("pictures", "240 shown, 3 dropped, 0 decoded, 0 errors"));
  EXPECT_EQ(page.sparkline, (std::vector{0.25, 1.0}));
}

TEST(StatisticsPage, TellsTheSpeedWhereItIsNotTheTitlesOwn) {
  PlaybackStatistics statistics = some_statistics();
  statistics.speed = Speed::of_percent(125);
  EXPECT_THAT(page_of(statistics, StatisticsPage::stream).rows,
              row("position", "00:10 / 01:00, playing, speed 1.25"));
  EXPECT_EQ(nlohmann::json::parse(json_of(statistics))["speed"], 1.25);
  EXPECT_EQ(nlohmann::json::parse(json_of(some_statistics()))["speed"], 1.0);
}

TEST(StatisticsPage, TellsWhichRungIsPinned) {
  PlaybackStatistics statistics = some_statistics();
  EXPECT_EQ(nlohmann::json::parse(json_of(statistics))["pinned"], nullptr);
  statistics.pinned = Rung{1, 3, BitRate::bits_per_second(2'000'000), 720};
  EXPECT_THAT(page_of(statistics, StatisticsPage::stream).rows,
              row("pinned", "720p 2.00 Mbit/s (2 of 3)"));
  EXPECT_EQ(nlohmann::json::parse(json_of(statistics))["pinned"]["height"], 720);
}

TEST(StatisticsPage, TheBarIsTheBufferAheadInTheColoursOfItsRungs) {
  const Page page = page_of(some_statistics(), StatisticsPage::stream);
  ASSERT_EQ(page.bar.size(), 2U);
  // The first segment began two seconds ago.
  EXPECT_DOUBLE_EQ(page.bar[0].from, 0);
  EXPECT_DOUBLE_EQ(page.bar[0].to, 0.1);
  EXPECT_DOUBLE_EQ(page.bar[1].from, 0.1);
  EXPECT_DOUBLE_EQ(page.bar[1].to, 0.4);
  EXPECT_GT(page.bar[0].color.red, page.bar[0].color.green);
  EXPECT_GT(page.bar[1].color.green, page.bar[1].color.red);
}

TEST(StatisticsPage, EventsHaveTheTimeOfTheSession) {
  const Page page = page_of(some_statistics(), StatisticsPage::events);
  EXPECT_THAT(page.rows, row("    1.50 s", "stands still"));
}

TEST(StatisticsPage, TellsWhatIsFetchedAheadAndWhatWasOfUse) {
  PlaybackStatistics statistics = some_statistics();
  statistics.session.ahead = {
      {"http://host/b/m.mpd", 0.85, "fetches: thin-head", ByteCount(12'000)}};
  statistics.session.held = 3;
  statistics.session.held_used = 2;
  statistics.session.ahead_record = {
      .hits = 1, .misses = 1, .used = ByteCount(300'000), .wasted = ByteCount(50'000)};
  const Page page = page_of(statistics, StatisticsPage::prefetch);
  EXPECT_THAT(page.rows, row("85 %", "http://host/b/m.mpd"));
  EXPECT_THAT(page.rows, row("", "fetches: thin-head, 0.01 MB"));
  EXPECT_THAT(page.rows, row("this title",
                             "a hit: 2 of 3 segments that were there before it began were played"));
  EXPECT_THAT(page.rows,
              row("so far", "1 of 2 titles were there (0.30 MB); 0.05 MB were for others"));
  EXPECT_EQ(nlohmann::json::parse(json_of(statistics))["ahead"][0]["p"], 0.85);
}

TEST(StatisticsPage, TheCopyHasAllFiguresAsNumbers) {
  const auto json = nlohmann::json::parse(json_of(some_statistics()));
  EXPECT_EQ(json["playing"]["height"], 360);
  EXPECT_EQ(json["video"]["rung"]["kbps"], 4300);
  EXPECT_EQ(json["video"]["reason"], "throughput");
  EXPECT_EQ(json["audio"], nullptr);
  EXPECT_EQ(json["stall_s"], 0.85);
  EXPECT_EQ(json["throughput_kbps"], (std::vector{1000.0, 4000.0}));
  EXPECT_EQ(json["buffered"][1]["rung"]["index"], 2);
  EXPECT_EQ(json["events"][0]["event"], "stands still");
}

TEST(HelpPage, NamesEveryKey) {
  std::string all;
  for (const Page::Row& line : help_page().rows) {
    EXPECT_FALSE(line.value.empty());
    all += " " + line.label + " ";
  }
  for (const KeyBinding& binding : key_bindings())
    EXPECT_NE(all.find(" " + std::string(binding.label) + " "), std::string::npos) << binding.label;
}

TEST(HelpPage, TheManualKnowsEveryKey) {
  std::ifstream file(RUNG_SOURCE_DIR "/docs/play.md");
  std::stringstream manual;
  manual << file.rdbuf();
  const std::string text = manual.str();
  const std::size_t from = text.find("| key | does |");
  const std::string table = text.substr(from, text.find("\n\n", from) - from);
  for (const KeyBinding& binding : key_bindings()) {
    const std::string label(binding.label);
    if (label.empty()) continue;
    EXPECT_TRUE(table.find(" " + label + " ") != std::string::npos ||
                table.find(" " + label + ",") != std::string::npos)
        << label;
  }
}

}  // namespace
}  // namespace rung::player
