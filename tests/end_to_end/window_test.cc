#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "media/package/demo_marker.h"
#include "media/package/jpeg.h"
#include "tests/end_to_end/program.h"
#include "tests/player/x_server.h"
#include "tests/support/temporary_directory.h"

// `rung play` with a real window on a real X server: what a viewer sees is the rung asked for.

namespace rung::test {
namespace {

using namespace std::chrono_literals;

constexpr int picture_height = XServer::width * 9 / 16;
constexpr int picture_top = (XServer::height - picture_height) / 2;

/// The mark in the picture that fills the width of the screen.
std::optional<package::DemoMarker> marker_on(const Screenshot& shot) {
  std::vector<std::uint8_t> luma;
  for (int y = picture_top; y < picture_top + picture_height; ++y)
    for (int x = 0; x < shot.width; ++x) {
      const auto [red, green, blue] = shot.at(x, y);
      luma.push_back(static_cast<std::uint8_t>((red + green + blue) / 3));
    }
  return package::read_demo_marker({.samples = luma.data(),
                                    .width = shot.width,
                                    .height = picture_height,
                                    .stride = shot.width});
}

/// Where RUNG_SCREENSHOT names a file, the screen is kept there as PPM for a person to look at.
void keep(const Screenshot& shot) {
  if (const char* path = std::getenv("RUNG_SCREENSHOT")) shot.write_ppm(path);
}

struct WindowCase {
  const char* name;
  std::size_t rung;
  std::vector<std::string> more;
};
void PrintTo(const WindowCase& row, std::ostream* out) { *out << row.name; }

class Window : public testing::TestWithParam<WindowCase> {};

TEST_P(Window, ShowsTheRungThatWasAskedFor) {
  const XServer screen;
  if (!screen.running()) GTEST_SKIP() << "Xvfb does not start";
  const ServingRung server(title_directory());
  std::vector<std::string> arguments{"play", "--policy", "fixed:" + std::to_string(GetParam().rung),
                                     server.url("manifest.mpd")};
  arguments.insert(arguments.end(), GetParam().more.begin(), GetParam().more.end());
  const RunningRung player(arguments);
  std::vector<package::DemoMarker> seen;
  const auto until = std::chrono::steady_clock::now() + 14s;
  while (seen.size() < 4 && std::chrono::steady_clock::now() < until) {
    const Screenshot shot = screen.screenshot();
    ASSERT_EQ(shot.samples.size(), std::size_t{3} * XServer::width * XServer::height);
    keep(shot);
    if (const auto marker = marker_on(shot)) {
      EXPECT_GT(shot.colors(), 50U);
      seen.push_back(*marker);
    }
    std::this_thread::sleep_for(200ms);
  }
  ASSERT_EQ(seen.size(), 4U) << "no picture of the title on the screen";
  for (const package::DemoMarker& marker : seen) EXPECT_EQ(marker.rung, GetParam().rung);
  EXPECT_NE(seen.front().picture, seen.back().picture) << "the picture stands still";
}

INSTANTIATE_TEST_SUITE_P(All, Window,
                         testing::Values(WindowCase{"Lowest", 0, {}},
                                         WindowCase{
                                             "HighestOnTheFullScreen", 2, {"--full-screen"}}),
                         [](const auto& row) { return std::string(row.param.name); });

/// Looks at the screen until `wanted` holds, for at most `longest`.
template <typename Predicate>
bool seen(const XServer& screen, Predicate wanted, std::chrono::seconds longest = 14s) {
  const auto until = std::chrono::steady_clock::now() + longest;
  while (std::chrono::steady_clock::now() < until) {
    const Screenshot shot = screen.screenshot();
    keep(shot);
    if (wanted(shot)) return true;
    std::this_thread::sleep_for(100ms);
  }
  return false;
}

bool shows_title(const Screenshot& shot) { return marker_on(shot).has_value(); }

/// How bright it is where a message or a page has its upper left corner, which is dark.
int corner(const Screenshot& shot) {
  const auto [red, green, blue] = shot.at(14, picture_top + 14);
  return red + green + blue;
}

/// A screen, and keys for what has the window there.
class WindowKeys : public testing::Test {
 protected:
  void SetUp() override {
    if (!screen.running()) GTEST_SKIP() << "Xvfb does not start";
    if (!screen.xdotool("version >/dev/null 2>&1")) GTEST_SKIP() << "xdotool is not installed";
  }

  const XServer screen;
};

TEST_F(WindowKeys, PauseTellsAndStandsStillAndLeavingIsNoError) {
  const ServingRung server(title_directory());
  RunningRung player({"play", "--policy", "fixed:0", server.url("manifest.mpd")});
  ASSERT_TRUE(seen(screen, shows_title));
  const int sky = corner(screen.screenshot());
  ASSERT_TRUE(screen.press("space"));
  EXPECT_TRUE(seen(screen, [&](const Screenshot& shot) { return corner(shot) < sky * 6 / 10; }))
      << "no word of the pause";
  const auto before = marker_on(screen.screenshot());
  std::this_thread::sleep_for(500ms);
  const auto after = marker_on(screen.screenshot());
  ASSERT_TRUE(before && after);
  EXPECT_EQ(before->picture, after->picture);
  ASSERT_TRUE(screen.press("space"));
  EXPECT_TRUE(seen(screen, [&](const Screenshot& shot) {
    const auto now = marker_on(shot);
    return now && now->picture != after->picture;
  })) << "it does not go on";
  ASSERT_TRUE(screen.press("q"));
  EXPECT_EQ(player.wait(), 0);
}

TEST_F(WindowKeys, StepsGoOnByOnePictureAndTenthsOfTheTitleAreReached) {
  const ServingRung server(title_directory());
  RunningRung player({"play", "--policy", "fixed:0", server.url("manifest.mpd")});
  ASSERT_TRUE(seen(screen, shows_title));
  ASSERT_TRUE(screen.press("space"));
  std::this_thread::sleep_for(500ms);
  const auto still = marker_on(screen.screenshot());
  ASSERT_TRUE(still);
  for (std::uint32_t steps = 1; steps <= 3; ++steps) {
    ASSERT_TRUE(screen.press("period"));
    EXPECT_TRUE(seen(screen, [&](const Screenshot& shot) {
      const auto now = marker_on(shot);
      return now && now->picture == still->picture + steps;
    })) << steps;
  }
  // From half of the title, 8 s, on.
  ASSERT_TRUE(screen.press("5"));
  EXPECT_TRUE(seen(screen, [&](const Screenshot& shot) {
    const auto now = marker_on(shot);
    return now && now->picture >= title_pictures / 2 && now->picture < title_pictures / 2 + 24;
  }));
  ASSERT_TRUE(screen.press("q"));
  EXPECT_EQ(player.wait(), 0);
}

TEST_F(WindowKeys, TheNextTitleIsAKeyAwayAndThePreviousOneToo) {
  const ServingRung server(title_directory());
  const TemporaryDirectory folder;
  const std::string list = (folder.path() / "evening.m3u").string();
  write_text(list, "# two titles\n" + server.url("manifest.mpd") + "\n" +
                       server.url("master.m3u8") + "\n");
  RunningRung player({"play", "--policy", "fixed:0", "--json", list});
  ASSERT_TRUE(seen(screen, shows_title));
  ASSERT_TRUE(screen.press("shift+n"));  // There is none.
  ASSERT_TRUE(screen.press("n"));
  std::string titles;
  const auto read_report = [&] {
    for (std::string line = player.read_line(); !line.empty() && line != "}";
         line = player.read_line())
      if (line.find("\"title\"") != std::string::npos) titles += line;
  };
  read_report();
  ASSERT_TRUE(seen(screen, shows_title));
  ASSERT_TRUE(screen.press("shift+n"));
  read_report();
  ASSERT_TRUE(seen(screen, shows_title));
  ASSERT_TRUE(screen.press("q"));
  read_report();
  EXPECT_EQ(player.wait(), 0);
  const auto first = titles.find("manifest.mpd");
  const auto second = titles.find("master.m3u8");
  EXPECT_LT(first, second) << titles;
  EXPECT_NE(titles.find("manifest.mpd", second), std::string::npos) << titles;
}

TEST_F(WindowKeys, GoesOnWhereItWasLeftUnlessThatIsToBeForgotten) {
  const ServingRung server(title_directory());
  const TemporaryDirectory state;
  setenv("XDG_STATE_HOME", state.path().c_str(), 1);
  /// Where it begins; presses each key once the picture of that number or a later one is seen.
  const auto began = [&](const std::vector<std::pair<std::uint32_t, std::string>>& keys) {
    RunningRung player({"play", "--policy", "fixed:0", "--json", server.url("manifest.mpd")});
    for (const auto& [picture, key] : keys) {
      EXPECT_TRUE(seen(screen, [&, least = picture](const Screenshot& shot) {
        const auto now = marker_on(shot);
        return now && now->picture >= least;
      }));
      EXPECT_TRUE(screen.press(key));
    }
    std::string report;
    for (std::string line = player.read_line(); !line.empty(); line = player.read_line())
      report += line;
    EXPECT_EQ(player.wait(), 0);
    return nlohmann::json::parse(report).at("began_at_s").get<double>();
  };
  constexpr std::uint32_t three_tenths = title_pictures * 3 / 10;
  EXPECT_EQ(began({{0, "3"}, {three_tenths, "q"}}), 0.0);
  const double left = began({{three_tenths, "shift+q"}});
  EXPECT_GE(left, 4.7);
  EXPECT_LT(left, 16 * 0.9);
  EXPECT_EQ(began({{0, "q"}}), 0.0);
  unsetenv("XDG_STATE_HOME");
}

TEST_F(WindowKeys, PlaysAtTwiceTheSpeedWithoutAStallAndTheLogReplays) {
  const ServingRung server(title_directory());
  const TemporaryDirectory folder;
  const std::string log = (folder.path() / "log.jsonl").string();
  RunningRung player(
      {"play", "--policy", "fixed:0", "--json", "--session-log", log, server.url("manifest.mpd")});
  ASSERT_TRUE(seen(screen, shows_title));
  const int sky = corner(screen.screenshot());
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(screen.press("bracketright"));
  EXPECT_TRUE(seen(screen, [&](const Screenshot& shot) { return corner(shot) < sky * 6 / 10; }))
      << "no word of the speed";
  std::string report;
  for (std::string line = player.read_line(); !line.empty(); line = player.read_line())
    report += line;
  EXPECT_EQ(player.wait(), 0);
  const auto json = nlohmann::json::parse(report);
  EXPECT_EQ(json.at("ended"), "ended");
  EXPECT_EQ(json.at("stall_count"), 0);
  // Sooner than the title is long, however late the keys came.
  EXPECT_LT(json.at("elapsed_s").get<double>(), 15.5);
  const Output replayed = run_rung({"replay", log});
  EXPECT_EQ(replayed.status, 0) << replayed.err;
}

TEST_F(WindowKeys, PinsEachRungInTurnAndTheLogReplays) {
  const ServingRung server(title_directory());
  const TemporaryDirectory folder;
  const std::string log = (folder.path() / "log.jsonl").string();
  RunningRung player({"play", "--policy", "fixed:0", "--buffer", "5", "--session-log", log,
                      server.url("manifest.mpd")});
  const auto shows_rung = [&](std::size_t rung) {
    return seen(screen, [&](const Screenshot& shot) {
      const auto now = marker_on(shot);
      return now && now->rung == rung;
    });
  };
  ASSERT_TRUE(shows_rung(0));
  ASSERT_TRUE(screen.press("shift+r"));  // From "auto" back to the highest.
  EXPECT_TRUE(shows_rung(2));
  ASSERT_TRUE(screen.press("r"));  // What the policy says.
  EXPECT_TRUE(shows_rung(0));
  ASSERT_TRUE(screen.press("q"));
  EXPECT_EQ(player.wait(), 0);
  const Output replayed = run_rung({"replay", log});
  EXPECT_EQ(replayed.status, 0) << replayed.err;
}

/// How many pixels of the picture's lower half are magenta, as no demo picture is.
int magenta(const Screenshot& shot) {
  int count = 0;
  for (int y = picture_top + picture_height / 2; y < picture_top + picture_height; ++y)
    for (int x = 0; x < shot.width; ++x) {
      const auto [red, green, blue] = shot.at(x, y);
      if (red > 200 && green < 60 && blue > 200) ++count;
    }
  return count;
}

TEST_F(WindowKeys, SubtitlesAreSeenOnceTheyAreChosenAndGoAgain) {
  const TemporaryDirectory folder;
  const auto title = folder.path() / "title";
  std::filesystem::copy(title_directory(), title, std::filesystem::copy_options::recursive);
  std::string mpd = read_text(title / "manifest.mpd");
  mpd.insert(mpd.find("</Period>"),
             "<AdaptationSet mimeType='text/vtt' lang='en'><Label>English</Label>"
             "<Representation id='en' bandwidth='100'><BaseURL>en.vtt</BaseURL></Representation>"
             "</AdaptationSet>");
  write_text(title / "manifest.mpd", mpd);
  write_text(title / "en.vtt",
             "WEBVTT\n\n00:00.000 --> 01:00.000\n<c.magenta>A line of <i>subtitles</i>,\n"
             "and \xC3\xA9\xE6\xBC\xA2 another one</c>\n");
  const ServingRung server(title);
  RunningRung player({"play", "--policy", "fixed:0", "--json", server.url("manifest.mpd")});
  ASSERT_TRUE(seen(screen, shows_title));
  EXPECT_EQ(magenta(screen.screenshot()), 0);
  ASSERT_TRUE(screen.press("s"));
  EXPECT_TRUE(seen(screen, [](const Screenshot& shot) { return magenta(shot) > 300; }));
  ASSERT_TRUE(screen.press("5"));  // Elsewhere they are there, too.
  EXPECT_TRUE(seen(screen, [](const Screenshot& shot) {
    const auto now = marker_on(shot);
    return now && now->picture >= title_pictures / 2 && magenta(shot) > 300;
  }));
  ASSERT_TRUE(screen.press("s"));
  EXPECT_TRUE(seen(screen, [](const Screenshot& shot) { return magenta(shot) == 0; }));
  ASSERT_TRUE(screen.press("q"));
  EXPECT_EQ(player.wait(), 0);
}

/// The first row of the screen with something magenta in it; its height where there is none.
int first_magenta_row(const Screenshot& shot) {
  for (int y = 0; y < XServer::height; ++y)
    for (int x = 0; x < shot.width; ++x) {
      const auto [red, green, blue] = shot.at(x, y);
      if (red > 200 && green < 60 && blue > 200) return y;
    }
  return XServer::height;
}

TEST_F(WindowKeys, SubtitlesAtTheTopLeaveTheMessageFree) {
  const TemporaryDirectory folder;
  const auto title = folder.path() / "title";
  std::filesystem::copy(title_directory(), title, std::filesystem::copy_options::recursive);
  std::string mpd = read_text(title / "manifest.mpd");
  mpd.insert(mpd.find("</Period>"),
             "<AdaptationSet mimeType='text/vtt' lang='en'><Representation id='en' bandwidth='100'>"
             "<BaseURL>en.vtt</BaseURL></Representation></AdaptationSet>");
  write_text(title / "manifest.mpd", mpd);
  write_text(title / "en.vtt",
             "WEBVTT\n\n00:00.000 --> 01:00.000 line:0 position:0% align:start\n"
             "<c.magenta>Up on the left</c>\n");
  const ServingRung server(title);
  RunningRung player(
      {"play", "--policy", "fixed:0", "--subtitles", "en", server.url("manifest.mpd")});
  ASSERT_TRUE(seen(screen, [](const Screenshot& shot) {
    return marker_on(shot) && first_magenta_row(shot) < XServer::height;
  }));
  const int alone = first_magenta_row(screen.screenshot());
  ASSERT_TRUE(screen.press("m"));
  EXPECT_TRUE(seen(screen, [&](const Screenshot& shot) {
    return first_magenta_row(shot) > alone + 15 && first_magenta_row(shot) < XServer::height / 2;
  })) << "the message lies on them";
  EXPECT_TRUE(seen(screen, [&](const Screenshot& shot) {
    return first_magenta_row(shot) == alone;
  })) << "they do not go up again";
  ASSERT_TRUE(screen.press("q"));
  EXPECT_EQ(player.wait(), 0);
}

TEST_F(WindowKeys, ThePlaceBelowThePointerOnTheSeekBarIsSeen) {
  const TemporaryDirectory folder;
  const auto title = folder.path() / "title";
  std::filesystem::copy(title_directory(), title, std::filesystem::copy_options::recursive);
  std::string mpd = read_text(title / "manifest.mpd");
  mpd.insert(mpd.find("</Period>"),
             "<AdaptationSet contentType='image' mimeType='image/jpeg'><SegmentTemplate "
             "duration='16' media='tile-$Number$.jpg'/><Representation id='t' bandwidth='100' "
             "width='640' height='90'><EssentialProperty value='4x1' "
             "schemeIdUri='http://dashif.org/guidelines/thumbnail_tile'/></Representation>"
             "</AdaptationSet>");
  write_text(title / "manifest.mpd", mpd);
  // Of four pictures the third one, from 8 to 12 s, is magenta.
  const package::FramePtr image = package::make_picture(640, 90);
  for (int y = 0; y < 90; ++y)
    for (int x = 0; x < 640; ++x) {
      const bool third = x >= 320 && x < 480;
      image->data[0][y * image->linesize[0] + x] = third ? 78 : 200;
      image->data[1][y / 2 * image->linesize[1] + x / 2] = third ? 214 : 128;
      image->data[2][y / 2 * image->linesize[2] + x / 2] = third ? 230 : 128;
    }
  write_text(title / "tile-1.jpg", package::encode_jpeg(*image).value());
  const ServingRung server(title);
  RunningRung player({"play", "--policy", "fixed:0", "--full-screen", server.url("manifest.mpd")});
  ASSERT_TRUE(seen(screen, shows_title));
  EXPECT_EQ(magenta(screen.screenshot()), 0);
  const auto point_at = [&](double share) {
    // Twice, for one that rests where it was does not move.
    const std::string y = std::to_string(XServer::height - 15);
    const int x = static_cast<int>(share * XServer::width);
    return screen.xdotool("mousemove " + std::to_string(x) + " " + y) &&
           screen.xdotool("mousemove " + std::to_string(x + 2) + " " + y);
  };
  EXPECT_TRUE(seen(screen, [&](const Screenshot& shot) {
    return point_at(0.6) && magenta(shot) > 2000;
  })) << "not the picture of the place";
  EXPECT_TRUE(seen(screen, [&](const Screenshot& shot) {
    return point_at(0.3) && magenta(shot) == 0;
  })) << "it does not go with the pointer";
  ASSERT_TRUE(screen.press("q"));
  EXPECT_EQ(player.wait(), 0);
}

TEST_F(WindowKeys, TheNextSoundIsAKeyAwayInTheSameWindowAndPlace) {
  const ServingRung server(title_directory());
  const TemporaryDirectory folder;
  const std::string log = (folder.path() / "log.jsonl").string();
  RunningRung player(
      {"play", "--policy", "fixed:0", "--json", "--session-log", log, server.url("manifest.mpd")});
  ASSERT_TRUE(seen(screen, [](const Screenshot& shot) {
    const auto now = marker_on(shot);
    return now && now->picture >= 72;
  }));
  const int sky = corner(screen.screenshot());
  const auto before = marker_on(screen.screenshot());
  ASSERT_TRUE(before);
  ASSERT_TRUE(screen.press("a"));
  EXPECT_TRUE(seen(screen, [&](const Screenshot& shot) { return corner(shot) < sky * 6 / 10; }))
      << "no word of the sound";
  std::this_thread::sleep_for(500ms);
  const auto after = marker_on(screen.screenshot());
  ASSERT_TRUE(after) << "the window shows no picture";
  EXPECT_GT(after->picture, before->picture);
  EXPECT_LT(after->picture, before->picture + 24 * 4);
  ASSERT_TRUE(screen.press("shift+a"));  // Back to the first one.
  std::this_thread::sleep_for(500ms);
  ASSERT_TRUE(screen.press("a"));
  std::this_thread::sleep_for(500ms);
  ASSERT_TRUE(screen.press("q"));
  std::string report;
  for (std::string line = player.read_line(); !line.empty(); line = player.read_line())
    report += line;
  EXPECT_EQ(player.wait(), 0);
  const auto json = nlohmann::json::parse(report);
  EXPECT_EQ(json.at("audio").at("track"), "de");
  EXPECT_EQ(json.at("audio").at("changes"), 3);
  EXPECT_EQ(json.at("stall_count"), 0);
  const Output replayed = run_rung({"replay", log});
  EXPECT_EQ(replayed.status, 0) << replayed.err;
}

TEST_F(WindowKeys, SoundOfALiveTitleThatCannotBeHadIsPassedOverInTheRound) {
  const TemporaryDirectory folder;
  const std::string title = (folder.path() / "three").string();
  const Output packaged =
      run_rung({"package", "--demo", "--seconds", "8", "--segment-seconds", "2", "--language",
                "en,de,fr", "--ladder", "100k:256x144", "--quiet", "-o", title});
  ASSERT_EQ(packaged.status, 0) << packaged.err;
  const std::string faults = (folder.path() / "faults.json").string();
  // Not while the title is loaded.
  write_text(faults, R"({"rules": [{"regex": "-de/.*m3u8", "requests": [2, 3, 4, 5, 6, 7, 8, 9],
                                    "action": "status", "status": 404}]})");
  const ServingRung server(title, {"--live", "--faults", faults});
  RunningRung player({"play", "--json", server.url("master.m3u8")});
  ASSERT_TRUE(seen(screen, shows_title));
  ASSERT_TRUE(screen.press("a"));
  std::this_thread::sleep_for(2s);
  ASSERT_TRUE(screen.press("q"));
  std::string report;
  for (std::string line = player.read_line(); !line.empty(); line = player.read_line())
    report += line;
  EXPECT_EQ(player.wait(), 0);
  const auto audio = nlohmann::json::parse(report).at("audio");
  EXPECT_EQ(audio.at("track"), "fr");
  EXPECT_EQ(audio.at("changes"), 1);
  const std::string trouble = audio.at("trouble");
  EXPECT_NE(trouble.find("de cannot be had"), std::string::npos) << trouble;
}

TEST_F(WindowKeys, StatisticsAndHelpAreSeen) {
  const ServingRung server(title_directory());
  RunningRung player({"play", "--policy", "fixed:0", server.url("manifest.mpd")});
  ASSERT_TRUE(seen(screen, shows_title));
  const int sky = corner(screen.screenshot());
  for (const char* key : {"i", "question"}) {
    SCOPED_TRACE(key);
    ASSERT_TRUE(screen.press(key));
    EXPECT_TRUE(seen(screen, [&](const Screenshot& shot) { return corner(shot) < sky * 6 / 10; }));
    ASSERT_TRUE(screen.press(key));
    EXPECT_TRUE(seen(screen, [&](const Screenshot& shot) { return corner(shot) > sky * 9 / 10; }));
  }
  ASSERT_TRUE(screen.press("q"));
  EXPECT_EQ(player.wait(), 0);
}

}  // namespace
}  // namespace rung::test
