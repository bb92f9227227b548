#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/expected.h"
#include "recommend/watch_time.h"

namespace rung::recommend {

/// A title's position in the catalogue of a log or a model.
using TitleIndex = std::uint32_t;

/// When in the viewer's own day, and on what, a title is played. A value.
struct Moment {
  static constexpr std::uint8_t unknown = 255;
  static constexpr std::size_t hours = 24;
  static constexpr std::size_t devices = 64;  ///< At most.
  std::uint8_t hour = unknown;                ///< 0 to 23.
  std::uint8_t device = unknown;              ///< Its place in a list of names.

  friend bool operator==(const Moment&, const Moment&) = default;
};

struct Play {
  TitleIndex title = 0;
  Moment moment = {};
  std::chrono::sys_seconds time;

  friend bool operator==(const Play&, const Play&) = default;
};

/// Who played what when. A value.
struct Plays {
  std::vector<std::string> titles;
  std::vector<std::string> viewers;
  /// By viewer; ascending in time, and in the order of the log where times are equal.
  std::vector<std::vector<Play>> by_viewer;
  std::vector<std::string> devices = {};
  /// How long they stayed, where the log tells.
  std::vector<Stay> stays = {};

  [[nodiscard]] std::size_t size() const;
};

/// Reads comma-separated values with a head line. Three columns are used, wherever they stand:
/// `viewer` (or user, userId), `title` (or item, movieId) and `time` (or timestamp; whole seconds
/// since 1970, from 0 to the year 2500); others are ignored. Three more may be there together, and
/// empty where they are not known: `from` and `to`, the seconds of the title that were seen, and
/// `left`, 1 where the viewer went away there and 0 where not. So may be `hour`, of the viewer's
/// own day from 0 to 23, and `device`, a name, of which there are at most Moment::devices. Names
/// are text without line breaks, in double quotes where they contain a comma. Fails with malformed
/// or limit_exceeded and the line.
[[nodiscard]] Expected<Plays> parse_plays(std::string_view text, const std::string& name);

/// The plays of every viewer without the last `count`, but never less than one play.
[[nodiscard]] Plays without_last(const Plays& plays, std::size_t count);

/// The titles of a viewer's plays in their order.
[[nodiscard]] std::vector<TitleIndex> titles_of(std::span<const Play> plays);

}  // namespace rung::recommend
