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
          "actions": [{"after_s": 5, "do": "seek", "to": 90},
                      {"after_s": 0.5, "do": "preload", "url": "next"},
                      {"after_s": 1, "do": "audio", "language": "de"},
                      {"after_s": 0, "do": "zap", "url": "http://h/m.mpd"}]})",
      "seek.json");
  ASSERT_TRUE(scenario) << to_string(scenario.error());
  const Scenario expected{
      .limit = 90s,
      .stop_after_actions = true,
      .actions = {{.after = 5s, .deed = Scenario::Deed::seek, .to = MediaTime(90s)},
                  {.after = 500ms, .deed = Scenario::Deed::preload, .to = {}, .url = "next"},
                  {.after = 1s, .deed = Scenario::Deed::audio, .language = "de"},
                  {.after = 0s, .deed = Scenario::Deed::zap, .to = {}, .url = "http://h/m.mpd"}}};
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
           Case{R"({"actions": [{"do": "zap", "after_s": 1}]})", ErrorCode::malformed, "\"url\""},
           Case{R"({"actions": [{"do": "zap", "after_s": 1, "url": "x", "to": 3}]})",
                ErrorCode::malformed, "unknown member \"to\""},
           Case{R"({"actions": [{"do": "audio", "after_s": 1, "language": ""}]})",
                ErrorCode::malformed, "\"language\" must be a language"},
           Case{R"({"actions": [{"do": "dance", "after_s": 1}]})", ErrorCode::unsupported,
                "\"dance\" is not an action"},
       }) {
    const auto scenario = parse_scenario(wrong.text, "s.json");
    ASSERT_FALSE(scenario) << wrong.text;
    EXPECT_EQ(scenario.error().code, wrong.code) << wrong.text;
    EXPECT_THAT(to_string(scenario.error()), HasSubstr(wrong.message));
  }
}

/// Writes down what the viewer does.
class ScenarioViewerTest : public testing::Test {
 protected:
  ScenarioViewer::World world() {
    return {.started = [this] { return started_.load(); },
            .seeking = [this] { return seeking_.load(); },
            .seek =
                [this](MediaTime to) {
                  seeking_ = true;
                  note("seek " + std::to_string(to.time_since_epoch() / 1s));
                },
            .preload = [this](const std::string& url) { note("preload " + url); },
            .zap =
                [this](const std::string& url) {
                  started_ = false;
                  note("zap " + url);
                },
            .choose_audio = [this](const std::string& language) { note("audio " + language); },
            .stop = [this] { note("stop"); }};
  }
  void note(const std::string& deed) {
    const std::lock_guard lock(mutex_);
    deeds_.push_back(deed);
  }
  void wait_for(const std::vector<std::string>& deeds) {
    const auto there = [&] {
      const std::lock_guard lock(mutex_);
      return deeds_;
    };
    for (int i = 0; i < 4000 && there().size() < deeds.size(); ++i)
      std::this_thread::sleep_for(1ms);
    std::this_thread::sleep_for(30ms);
    EXPECT_EQ(there(), deeds);
  }

  std::atomic<bool> started_ = false;
  std::atomic<bool> seeking_ = false;
  std::mutex mutex_;
  std::vector<std::string> deeds_;
};

TEST_F(ScenarioViewerTest, ActsOneAfterTheOtherOnceThePictureIsThere) {
  using Deed = Scenario::Deed;
  const ScenarioViewer viewer({.limit = {},
                               .actions = {{.after = 0s, .deed = Deed::seek, .to = MediaTime(9s)},
                                           {.after = 0s, .deed = Deed::preload, .url = "b"},
                                           {.after = 0s, .deed = Deed::zap, .url = "b"},
                                           {.after = 0s, .deed = Deed::audio, .language = "de"},
                                           {.after = 0s, .deed = Deed::seek, .to = MediaTime(5s)}}},
                              world());
  wait_for({});
  started_ = true;
  wait_for({"seek 9"});
  seeking_ = false;
  wait_for({"seek 9", "preload b", "zap b"});
  started_ = true;
  wait_for({"seek 9", "preload b", "zap b", "audio de", "seek 5"});
}

TEST_F(ScenarioViewerTest, LeavesAtItsLimit) {
  const ScenarioViewer viewer({.limit = 20ms, .actions = {}}, world());
  wait_for({"stop"});
}

}  // namespace
}  // namespace rung::player
