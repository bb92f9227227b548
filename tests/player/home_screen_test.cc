#include "player/home_screen.h"

#include <gtest/gtest.h>

#include <chrono>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/player/x_server.h"

namespace rung::player {
namespace {

TEST(HomeScreen, ArrowsMoveTheFocusAndEnterChooses) {
  const test::XServer screen;
  if (!screen.running()) GTEST_SKIP() << "Xvfb does not start";
  if (!screen.xdotool("version >/dev/null 2>&1")) GTEST_SKIP() << "xdotool is not installed";
  auto window = VideoOutput::open("home", {}, true);
  ASSERT_TRUE(window);
  ArtworkLoader artwork({}, {32, 18});
  std::vector<std::size_t> looked_at;
  const auto tile = [](std::size_t title) {
    return HomeTile{.title = title, .name = "Title " + std::to_string(title)};
  };
  HomeScreen home(
      "Test", {{"First", {tile(0), tile(1)}}, {"Second", {tile(2), tile(3)}}},
      {.artwork = artwork, .focus = [&](const HomeTile& one) { looked_at.push_back(one.title); }});
  const std::jthread viewer([&] {
    for (const char* key : {"Right", "Down", "Return"}) {
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      static_cast<void>(screen.press(key));
    }
  });
  std::stop_source patience;
  const std::jthread late([&](const std::stop_token& stop) {
    for (int i = 0; i < 100 && !stop.stop_requested(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    patience.request_stop();
  });
  const auto chosen = home.choose(**window, patience.get_token());
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->title, 3U);
  EXPECT_EQ(looked_at, (std::vector<std::size_t>{0, 1, 3}));
}

TEST(HomeScreen, LooksForTitlesAndTakesSigns) {
  const test::XServer screen;
  if (!screen.running()) GTEST_SKIP() << "Xvfb does not start";
  if (!screen.xdotool("version >/dev/null 2>&1")) GTEST_SKIP() << "xdotool is not installed";
  auto window = VideoOutput::open("home", {}, true);
  ASSERT_TRUE(window);
  ArtworkLoader artwork({}, {32, 18});
  const auto tile = [](std::size_t title) {
    return HomeTile{.title = title, .name = "Title " + std::to_string(title)};
  };
  std::vector<std::string> sought;
  std::vector<std::pair<std::size_t, TitleSign>> signs;
  std::vector<bool> saved;
  HomeScreen home("Test", {{"First", {tile(0), tile(1)}}},
                  {.artwork = artwork,
                   .search =
                       [&](const std::string& text) {
                         return text == "se" ? std::vector<HomeTile>{tile(7)}
                                             : std::vector<HomeTile>();
                       },
                   .sought = [&](const std::string& text) { sought.push_back(text); },
                   .sign =
                       [&](const HomeTile& one, TitleSign sign) {
                         signs.emplace_back(one.title, sign);
                         saved.push_back(one.saved);
                       }});
  const std::jthread viewer([&] {
    for (const char* key : {"Right", "plus", "b", "b", "minus", "slash", "x", "Return", "BackSpace",
                            "s", "e", "Return"}) {
      std::this_thread::sleep_for(std::chrono::milliseconds(250));
      static_cast<void>(screen.press(key));
    }
  });
  std::stop_source patience;
  const std::jthread late([&](const std::stop_token& stop) {
    for (int i = 0; i < 200 && !stop.stop_requested(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    patience.request_stop();
  });
  const auto chosen = home.choose(**window, patience.get_token());
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->title, 7U) << "what was found; nothing was found of x";
  EXPECT_EQ(sought, std::vector<std::string>{"se"});
  const std::vector<std::pair<std::size_t, TitleSign>> expected{
      {1, TitleSign::like}, {1, TitleSign::save}, {1, TitleSign::save}, {1, TitleSign::not_for_me}};
  EXPECT_EQ(signs, expected);
  EXPECT_EQ(saved, (std::vector<bool>{false, true, false, false}));
}

}  // namespace
}  // namespace rung::player
