#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace rung::evaluation {

/// What is run, as a file says it (docs/simulate.md): every combination of all lists. A value.
struct Grid {
  std::vector<std::string> titles;  ///< Files; relative paths start at the file's folder.
  std::vector<std::string> traces;  ///< Files and folders, likewise.
  std::vector<std::string> policies;
  std::vector<std::uint64_t> seeds{1};
  std::string profile;             ///< Of another simulator; empty for our own sessions.
  std::optional<std::string> qoe;  ///< Name of the quality model.
  /// Titles are live, and viewers so far behind.
  std::optional<Duration> live_delay;
  Duration live_chunk{};  ///< Their segments come in chunks of so much media; zero: as a whole.
  double overhead_percent = 0;  ///< What headers take of the link, of the bodies.
  // What is empty is not varied: each policy's own estimator, the profile's options.
  std::vector<std::string> estimators;
  std::vector<Duration> buffers;
  std::vector<Duration> startups;
  std::vector<Duration> resumes;
  std::vector<Duration> rtts;
  std::vector<bool> abandonment;

  friend bool operator==(const Grid&, const Grid&) = default;
};

/// One combination of a grid's options.
struct GridSetting {
  std::optional<std::string> estimator;
  std::optional<Duration> buffer;
  std::optional<Duration> startup;
  std::optional<Duration> resume;
  std::optional<Duration> rtt;
  std::optional<bool> abandonment;
  /// What of it the grid has several of: of the session, as "buffer_s=12 abandonment=true", and of
  /// the network, as "rtt_ms=80". Empty where there is one.
  std::string session_name;
  std::string network_name;

  friend bool operator==(const GridSetting&, const GridSetting&) = default;
};

/// How many there are: always one, at least. The largest number where that does not hold it, like
/// the next.
[[nodiscard]] std::size_t setting_count(const Grid& grid);
/// Sessions that are run: more where an entry of the traces is a folder of several.
[[nodiscard]] std::size_t least_sessions(const Grid& grid);
/// All of them; the estimator changes slowest, then the options in the order in which they stand
/// above.
[[nodiscard]] std::vector<GridSetting> settings_of(const Grid& grid);
/// Every policy with the settings of its session, the policy changing slowest: "bba buffer_s=12",
/// or only "bba" where there is one setting.
[[nodiscard]] std::vector<std::string> variants_of(const Grid& grid);

}  // namespace rung::evaluation
