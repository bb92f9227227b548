#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "player/player_control.h"

namespace rung::player {

/// What a scripted viewer does while a title plays. A value.
struct Scenario {
  /// A seek to `to`, `after` the first picture or the end of the action before: for a seek, the
  /// first picture of the new place.
  struct Seek {
    Duration after{};
    MediaTime to{};
    friend bool operator==(const Seek&, const Seek&) = default;
  };
  /// The viewer leaves so long after the program's start; never where there is none.
  std::optional<Duration> limit;
  /// They leave three seconds after the end of the last action.
  bool stop_after_actions = false;
  std::vector<Seek> actions;  ///< At most `most_actions`.
  friend bool operator==(const Scenario&, const Scenario&) = default;

  static constexpr std::size_t most_actions = 10'000;
};

/// Reads {"limit_s": 90, "stop_after_actions": true, "actions": [{"after_s": 5, "do": "seek",
/// "to": 90}]}; every member may be absent, unknown ones are refused. `name` stands in messages.
/// Fails with malformed, limit_exceeded, or with unsupported for an action that is not a seek.
[[nodiscard]] Expected<Scenario> parse_scenario(std::string_view text, std::string_view name);

/// Acts for the viewer on a thread of its own until the scenario or the object ends. A resource.
class ScenarioViewer {
 public:
  /// `started` tells whether the first picture has been shown; it and `control` must outlive the
  /// viewer. The scenario's time begins now.
  ScenarioViewer(Scenario scenario, PlayerControl& control, std::function<bool()> started);
  ScenarioViewer(const ScenarioViewer&) = delete;
  ScenarioViewer& operator=(const ScenarioViewer&) = delete;

 private:
  void run(const std::stop_token& stop) const;

  const Scenario scenario_;
  PlayerControl& control_;
  const std::function<bool()> started_;
  std::jthread thread_;  ///< Declared last: it uses all of the above.
};

}  // namespace rung::player
