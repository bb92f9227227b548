#include "player/home_screen.h"

#include <gtest/gtest.h>

#include <chrono>
#include <stop_token>
#include <string>
#include <thread>
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

}  // namespace
}  // namespace rung::player
