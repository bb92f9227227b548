#include "player/home_screen.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/player/x_server.h"

namespace rung::player {
namespace {

HomeTile tile(std::size_t title) {
  return {.title = title, .name = "Title " + std::to_string(title)};
}

class HomeScreenTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!screen_.running()) GTEST_SKIP() << "Xvfb does not start";
    if (!screen_.xdotool("version >/dev/null 2>&1")) GTEST_SKIP() << "xdotool is not installed";
    auto window = VideoOutput::open("home", {}, true);
    ASSERT_TRUE(window);
    window_ = *std::move(window);
  }

  /// What a viewer chooses who presses these keys, and leaves after 20 s.
  [[nodiscard]] auto choose(HomeScreen& home, const std::vector<const char*>& keys) {
    const std::jthread viewer([&] {
      for (const char* key : keys) {
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        static_cast<void>(screen_.press(key));
      }
    });
    std::stop_source patience;
    const std::jthread late([&](const std::stop_token& stop) {
      for (int i = 0; i < 200 && !stop.stop_requested(); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
      patience.request_stop();
    });
    return home.choose(*window_, patience.get_token());
  }

  test::XServer screen_;
  std::unique_ptr<VideoOutput> window_;
  ArtworkLoader artwork_{{}, {32, 18}};
};

TEST_F(HomeScreenTest, ArrowsMoveTheFocusAndEnterChooses) {
  std::vector<std::size_t> looked_at;
  HomeScreen home(
      "Test", {{"First", {tile(0), tile(1)}}, {"Second", {tile(2), tile(3)}}},
      {.artwork = artwork_, .focus = [&](const HomeTile& one) { looked_at.push_back(one.title); }});
  const auto chosen = choose(home, {"Right", "Down", "Return"});
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->title, 3U);
  EXPECT_EQ(looked_at, (std::vector<std::size_t>{0, 1, 3}));
}

TEST_F(HomeScreenTest, LooksForTitlesAndTakesSigns) {
  std::vector<std::string> sought;
  std::vector<std::pair<std::size_t, TitleSign>> signs;
  std::vector<bool> saved;
  HomeScreen home("Test", {{"First", {tile(0), tile(1)}}},
                  {.artwork = artwork_,
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
  const auto chosen = choose(home, {"Right", "plus", "b", "b", "minus", "slash", "x", "Return",
                                    "BackSpace", "s", "e", "Return"});
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
