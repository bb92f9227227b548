#include "player/scenario.h"

#include <gmock/gmock.h>

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

namespace rung::player {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(Scenario, ReadsAllOfIt) {
  const auto scenario = parse_scenario(
      R"({"limit_s": 90, "stop_after_actions": true,
          "actions": [{"after_s": 5, "do": "seek", "to": 90}, {"after_s": 0.5, "do": "seek", "to": 0}]})",
      "seek.json");
  ASSERT_TRUE(scenario) << to_string(scenario.error());
  const Scenario expected{
      .limit = 90s,
      .stop_after_actions = true,
      .actions = {{.after = 5s, .to = MediaTime(90s)}, {.after = 500ms, .to = MediaTime(0s)}}};
  EXPECT_EQ(*scenario, expected);
  EXPECT_EQ(*parse_scenario("{}", "empty.json"), Scenario{});
}

TEST(Scenario, SaysWhatIsWrongAndWhere) {
  struct Case {
    const char* text;
    ErrorCode code;
    const char* message;
  };
  for (const Case& wrong : {
           Case{"[", ErrorCode::malformed, "s.json: is not JSON"},
           Case{"[]", ErrorCode::malformed, "s.json: is not a JSON object"},
           Case{R"({"limit": 3})", ErrorCode::malformed, "unknown member \"limit\""},
           Case{R"({"limit_s": -3})", ErrorCode::malformed, "\"limit_s\" must be a number"},
           Case{R"({"limit_s": 1e400})", ErrorCode::malformed, "out of range"},
           Case{R"({"stop_after_actions": 1})", ErrorCode::malformed, "must be true or false"},
           Case{R"({"actions": {}})", ErrorCode::malformed, "must be a list"},
           Case{R"({"actions": [{"do": "seek", "after_s": 1, "to": 2}, {"do": "seek", "to": 2}]})",
                ErrorCode::malformed, "s.json actions[1]: \"after_s\""},
           Case{R"({"actions": [{"do": "seek", "after_s": 1}]})", ErrorCode::malformed, "\"to\""},
           Case{R"({"actions": [{"do": "dance", "after_s": 1}]})", ErrorCode::unsupported,
                "\"dance\" is not an action"},
       }) {
    const auto scenario = parse_scenario(wrong.text, "s.json");
    ASSERT_FALSE(scenario) << wrong.text;
    EXPECT_EQ(scenario.error().code, wrong.code) << wrong.text;
    EXPECT_THAT(to_string(scenario.error()), HasSubstr(wrong.message));
  }
}

/// Collects what the viewer wishes, and shows every place at once where it may.
class ScenarioViewerTest : public testing::Test {
 protected:
  void wait_for(std::size_t wishes) {
    for (int i = 0; i < 4000 && count() < wishes; ++i) std::this_thread::sleep_for(1ms);
    EXPECT_EQ(count(), wishes);
  }
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return wishes_.size();
  }

  std::mutex mutex_;
  std::vector<session::Event> wishes_;
  PlayerControl control_{{.post =
                              [this](session::Event wish) {
                                const std::lock_guard lock(mutex_);
                                wishes_.push_back(wish);
                              },
                          .position = [] { return MediaTime{}; },
                          .end = MediaTime(100s)}};
};

TEST_F(ScenarioViewerTest, ActsOneAfterTheOtherOnceThePictureIsThere) {
  std::atomic<bool> started = false;
  const ScenarioViewer viewer(
      {.limit = {},
       .actions = {{.after = 0s, .to = MediaTime(9s)}, {.after = 0s, .to = MediaTime(5s)}}},
      control_, [&] { return started.load(); });
  std::this_thread::sleep_for(30ms);
  EXPECT_EQ(count(), 0U);
  started = true;
  wait_for(1);
  std::this_thread::sleep_for(30ms);
  EXPECT_EQ(count(), 1U) << "the first place is not shown yet";
  control_.arrived(1);
  wait_for(2);
  EXPECT_EQ(std::get<session::ViewerSought>(wishes_[1]).to, MediaTime(5s));
}

TEST_F(ScenarioViewerTest, LeavesAtItsLimit) {
  const ScenarioViewer viewer({.limit = 20ms, .actions = {}}, control_, [] { return false; });
  wait_for(1);
  EXPECT_TRUE(std::holds_alternative<session::ViewerLeft>(wishes_[0]));
}

}  // namespace
}  // namespace rung::player
