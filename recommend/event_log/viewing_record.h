#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "recommend/event_log/event_log.h"

namespace rung::event_log {

/// What events say of a viewer. A value.
struct ViewingRecord {
  /// Where the viewer was in a title that was not seen to its end.
  struct Begun {
    std::string title;
    Duration position{};
    std::optional<Duration> length;
    friend bool operator==(const Begun&, const Begun&) = default;
  };
  std::vector<std::string> played;  ///< Titles, oldest first; one after itself counts once.
  std::vector<Begun> begun;         ///< The latest first.
};
/// `events` in the order in which they happened.
[[nodiscard]] ViewingRecord viewing_record(std::span<const Event> events);

/// How long a viewer stayed with a title. A value.
struct Viewing {
  std::string title;
  Duration from{};  ///< Where it began, as far as the first progress tells.
  Duration to{};    ///< Where the viewer was last.
  /// They left before its credits; else it ended, failed, or what came is not known.
  bool left = false;
  friend bool operator==(const Viewing&, const Viewing&) = default;
};
/// `events` of any viewers, in the order in which they happened.
[[nodiscard]] std::vector<Viewing> viewings(std::span<const Event> events);

/// The plays as `rung recommend train` reads them: viewer, title and time, hour and device, and how
/// long they were watched, where these are known.
[[nodiscard]] std::string plays_csv(std::span<const Event> events);

/// How a viewer took a title in the slates that they were shown. A value.
struct Looks {
  std::int64_t seen = 0;
  std::int64_t chosen = 0;
  friend bool operator==(const Looks&, const Looks&) = default;
};
/// By title, in the row `row` of all slates. A title was seen where one at its place or behind it
/// in the row was played next (the cascade model; Craswell et al., WSDM 2008); a row of which
/// nothing was played tells nothing. A play belongs to a slate as in decisions_csv().
[[nodiscard]] std::map<std::string, Looks> looks_in(std::span<const Event> events,
                                                    std::string_view row);

/// What a title that was shown is worth where the viewer plays it.
enum class Reward : std::uint8_t {
  play,     ///< 1.
  minutes,  ///< So long it was watched.
};
/// The titles of all slates, as `rung recommend evaluate --logged` reads them: with propensity and
/// reward. A play belongs to the latest slate that its viewer was shown before, and there to the
/// first place of its title; only the first play after a slate counts.
[[nodiscard]] std::string decisions_csv(std::span<const Event> events, Reward reward);

}  // namespace rung::event_log
