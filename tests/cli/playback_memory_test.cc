#include "cli/playback_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "cli/start_place.h"
#include "cli/state_files.h"
#include "tests/support/temporary_directory.h"

namespace rung::cli {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr auto url = "http://u:p@example.org/film/manifest.mpd?token=1";

player::PlayerReport left_at(MediaTime position, MediaTime end = MediaTime(1h)) {
  player::PlayerReport report;
  report.session.end = session::EndReason::viewer_left;
  report.output.position = position;
  report.first_frame_at = Timestamp{};
  report.end = end;
  return report;
}

class PlaybackMemoryTest : public testing::Test {
 protected:
  [[nodiscard]] std::string file() const {
    return (folder_.path() / "rung/playback.json").string();
  }
  [[nodiscard]] std::string text() const {
    std::ostringstream all;
    all << std::ifstream(file(), std::ios::binary).rdbuf();
    return all.str();
  }
  /// Where a program that starts now goes on.
  [[nodiscard]] std::optional<MediaTime> place(const std::string& title = url) const {
    const auto found = PlaybackMemory(file()).place(title);
    return found ? std::optional(std::get<MediaTime>(found->place)) : std::nullopt;
  }

  test::TemporaryDirectory folder_;
};

TEST_F(PlaybackMemoryTest, GoesOnWhereATitleWasLeftWhateverItsQuery) {
  EXPECT_EQ(place(), std::nullopt);
  PlaybackMemory(file()).played(url, left_at(MediaTime(754250ms)));
  EXPECT_EQ(place(), MediaTime(754250ms));
  EXPECT_EQ(place("http://example.org/film/manifest.mpd?token=2"), MediaTime(754250ms));
  EXPECT_EQ(place("http://example.org/other/manifest.mpd"), std::nullopt);
  EXPECT_EQ(PlaybackMemory(file()).place(url)->left_of, MediaTime(1h));
  PlaybackMemory(file()).played(url, left_at(MediaTime(20min)));
  EXPECT_EQ(place(), MediaTime(20min));
  for (const char* secret : {"token", "u:p"}) EXPECT_EQ(text().find(secret), std::string::npos);
  EXPECT_EQ(std::filesystem::status(file()).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(PlaybackMemoryTest, ForgetsWhatIsOverOrIsNotToBeKept) {
  const auto remembered_after = [&](const player::PlayerReport& report) {
    PlaybackMemory memory(file());
    memory.played(url, left_at(MediaTime(10min)));
    memory.played(url, report);
    return place();
  };
  EXPECT_EQ(remembered_after(left_at(MediaTime(58min))), std::nullopt);
  EXPECT_EQ(remembered_after(left_at(MediaTime(3s))), std::nullopt);
  player::PlayerReport over = left_at(MediaTime(1h));
  over.session.end = session::EndReason::played_out;
  EXPECT_EQ(remembered_after(over), std::nullopt);
  player::PlayerReport forgotten = left_at(MediaTime(20min));
  forgotten.forget_place = true;
  EXPECT_EQ(remembered_after(forgotten), std::nullopt);
  // Where nothing was seen, the last place holds.
  player::PlayerReport unseen = left_at(MediaTime(20min));
  unseen.first_frame_at.reset();
  EXPECT_EQ(remembered_after(unseen), MediaTime(10min));
  player::PlayerReport live = left_at(MediaTime(20min));
  live.end.reset();
  EXPECT_EQ(remembered_after(live), MediaTime(10min));
}

TEST(WorthGoingOn, LeavesOutTheBeginningAndTheEndByTheLengthOfTheTitle) {
  const auto between = [](MediaTime end, MediaTime first, MediaTime last) {
    return !worth_going_on(first, end) && worth_going_on(first + 1ms, end) &&
           worth_going_on(last - 1ms, end) && !worth_going_on(last, end);
  };
  EXPECT_TRUE(between(MediaTime(2h), MediaTime(10s), MediaTime(114min)));
  EXPECT_TRUE(between(MediaTime(6min), MediaTime(10s), MediaTime(330s)));
  EXPECT_TRUE(between(MediaTime(20s), MediaTime(1s), MediaTime(18s)));
  EXPECT_FALSE(worth_going_on(MediaTime{}, MediaTime{}));
}

TEST_F(PlaybackMemoryTest, RemembersTheLatestThousand) {
  RememberedPlaybacks all;
  for (std::size_t i = 0; i < most_left_titles; ++i)
    all.titles.push_back(
        {"http://example.org/" + std::to_string(i), MediaTime(1min), MediaTime(1h), 7});
  std::filesystem::create_directories(folder_.path() / "rung");
  std::ofstream(file()) << playbacks_text(all);
  EXPECT_EQ(place("http://example.org/0"), MediaTime(1min));
  PlaybackMemory(file()).played(url, left_at(MediaTime(10min)));
  EXPECT_EQ(place("http://example.org/0"), std::nullopt);
  EXPECT_EQ(place("http://example.org/1"), MediaTime(1min));
  EXPECT_EQ(place(), MediaTime(10min));
  PlaybackMemory(file()).played("http://example.org/" + std::string(longest_remembered_url, 'x'),
                                left_at(MediaTime(10min)));
  EXPECT_EQ(parse_playbacks(text(), "file")->titles.size(), most_left_titles);
}

TEST_F(PlaybackMemoryTest, TakesHalfOfWhatAnOriginGaveTheLastDay) {
  const auto expected = [&](const std::string& title) {
    return PlaybackMemory(file()).throughput(title);
  };
  player::PlayerReport report = left_at(MediaTime(10min));
  PlaybackMemory(file()).played(url, report);
  EXPECT_EQ(expected(url), std::nullopt) << "nothing was measured";
  report.throughput = BitRate::bits_per_second(6'000'000);
  PlaybackMemory(file()).played(url, report);
  EXPECT_EQ(expected("http://example.org/other?x"), BitRate::bits_per_second(3'000'000));
  EXPECT_EQ(expected("https://example.org/film"), std::nullopt);
  EXPECT_EQ(expected("http://example.org:8080/film"), std::nullopt);

  auto all = parse_playbacks(text(), "file").value();
  ASSERT_EQ(all.origins.size(), 1U);
  all.origins[0].measured_at -= throughput_holds_for.count();
  std::ofstream(file(), std::ios::trunc) << playbacks_text(all);
  EXPECT_EQ(expected(url), std::nullopt) << "too old";

  for (std::size_t i = 0; i <= most_measured_origins; ++i)
    PlaybackMemory(file()).played("http://" + std::to_string(i) + ".example/", report);
  EXPECT_EQ(parse_playbacks(text(), "file")->origins.size(), most_measured_origins);
  EXPECT_EQ(expected("http://0.example/"), std::nullopt);
  EXPECT_TRUE(expected("http://1.example/"));
}

TEST_F(PlaybackMemoryTest, ADamagedFileIsToldOfOnceAndReplaced) {
  std::filesystem::create_directories(folder_.path() / "rung");
  for (const std::string& damaged :
       {std::string("{"), std::string("[]"),
        std::string(R"({"rung_playback": 2, "titles": [], "origins": []})"),
        std::string(R"({"rung_playback": 1, "titles": [{"url": "http://a/", "position_s": -1,
                        "length_s": 5, "left_ms": 0}], "origins": []})"),
        std::string(R"({"rung_playback": 1, "titles": [{"url": 5}], "origins": []})"),
        std::string(R"({"rung_playback": 1, "titles": [], "origins": [{"origin": "http://a:80",
                        "bps": 0, "measured_ms": 0}]})"),
        std::string(R"({"rung_playback": 1, "titles": [{"url": "http://a/", "position_s": 1e300,
                        "length_s": 5, "left_ms": 0}], "origins": []})"),
        std::string(100'000, '[')}) {
    std::ofstream(file(), std::ios::trunc) << damaged;
    PlaybackMemory memory(file());
    testing::internal::CaptureStderr();
    EXPECT_FALSE(memory.place(url));
    memory.played(url, left_at(MediaTime(10min)));
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_THAT(said, HasSubstr("playback.json: does not say where titles were left")) << damaged;
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
    EXPECT_EQ(place(), MediaTime(10min));
  }
}

TEST(PlaybackMemoryFile, LiesWithWhatElseIsKeptOfViewing) {
  setenv("XDG_STATE_HOME", "/somewhere", 1);
  EXPECT_EQ(playback_memory_file(), "/somewhere/rung/playback.json");
}

TEST(StartPlace, IsSecondsAClockOrAShare) {
  const auto time = [](const std::string& text) {
    return std::get<MediaTime>(parse_start_place(text).value().place);
  };
  EXPECT_EQ(time("90"), MediaTime(90s));
  EXPECT_EQ(time("0.5"), MediaTime(500ms));
  EXPECT_EQ(time("1:30"), MediaTime(90s));
  EXPECT_EQ(time("1:30.25"), MediaTime(90250ms));
  EXPECT_EQ(time("1:02:03"), MediaTime(3723s));
  EXPECT_EQ(time("90:00"), MediaTime(90min));
  EXPECT_EQ(std::get<double>(parse_start_place("25%").value().place), 0.25);
  EXPECT_EQ(std::get<double>(parse_start_place("0%").value().place), 0.0);
  for (const std::string text : {"", "x", "-1", "+1", "1e3", "nan", "1:", ":1", "1:60", "1:2:3:4",
                                 "1.5:00", "100%", "-1%", "%", "1 ", "1e999", "99999999999999"}) {
    const auto refused = parse_start_place(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(to_string(refused.error()), HasSubstr("--start " + text));
  }
}

}  // namespace
}  // namespace rung::cli
