#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/expected.h"
#include "core/time.h"

namespace rung::player {

/// What a scripted viewer does while titles play. A value.
struct Scenario {
  enum class Deed {
    seek,     ///< Go on at `to`; done with the first picture of the place.
    preload,  ///< Load the manifest of `url` in the background; done at once.
    zap,      ///< Leave for the title `url`; done with its first picture.
    audio,    ///< Go on with the sound of `language`; done with the first picture along with it.
  };
  /// Comes so long `after` the first picture, or after the action before was done.
  struct Action {
    Duration after{};
    Deed deed{};
    MediaTime to{};
    std::string url = {};  ///< As in the file.
    std::string language = {};
    friend bool operator==(const Action&, const Action&) = default;
  };
  /// The viewer leaves so long after the program's start; never where there is none.
  std::optional<Duration> limit;
  /// They leave three seconds after the last action was done.
  bool stop_after_actions = false;
  std::vector<Action> actions;  ///< At most `most_actions`.
  friend bool operator==(const Scenario&, const Scenario&) = default;

  static constexpr std::size_t most_actions = 10'000;
};

/// Reads {"limit_s": 90, "stop_after_actions": true, "actions": [{"after_s": 5, "do": "seek",
/// "to": 90}]}; every member may be absent, unknown ones are refused. `name` stands in messages.
/// Fails with malformed, limit_exceeded, or with unsupported for an unknown action.
[[nodiscard]] Expected<Scenario> parse_scenario(std::string_view text, std::string_view name);

/// Acts for the viewer on a thread of its own until the scenario or the object ends. A resource.
class ScenarioViewer {
 public:
  /// What the viewer sees and does; all of it is called on the viewer's thread.
  struct World {
    std::function<bool()> started;  ///< The title's first picture has been shown.
    std::function<bool()> seeking;  ///< The picture of a place that was sought is not there yet.
    std::function<void(MediaTime)> seek;
    std::function<void(const std::string&)> preload;
    std::function<void(const std::string&)> zap;  ///< From then on another title has to start.
    std::function<void(const std::string&)> choose_audio;
    std::function<void()> stop;
  };

  /// What is in `world` must outlive the viewer. The scenario's time begins now.
  ScenarioViewer(Scenario scenario, World world);
  ScenarioViewer(const ScenarioViewer&) = delete;
  ScenarioViewer& operator=(const ScenarioViewer&) = delete;

 private:
  void run(const std::stop_token& stop) const;
  void act(const Scenario::Action& action) const;

  const Scenario scenario_;
  const World world_;
  std::jthread thread_;  ///< Declared last: it uses all of the above.
};

}  // namespace rung::player
