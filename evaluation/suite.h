#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/expected.h"
#include "evaluation/grid.h"
#include "evaluation/statistics.h"

namespace rung::evaluation {

/// What an evaluation runs and how it judges: the content of a suite file (docs/evaluate.md). A
/// value.
struct Suite {
  Grid grid;
  /// variants_of(grid): what is judged, each by a name of its own.
  std::vector<std::string> variants;
  std::string baseline;     ///< One of `variants`; the others are compared with it.
  std::string qoe = "lin";  ///< Name of the quality model.
  /// Traces whose names are equal up to its last occurrence are cut from one log.
  std::string log_separator = "@";
  BootstrapOptions bootstrap;
  bool regret = false;  ///< Hold every session against the exact optimum.
  double power = 0.8;   ///< Of the minimum detectable effect.

  friend bool operator==(const Suite&, const Suite&) = default;
};

/// Settings of one grid.
inline constexpr std::size_t most_settings = 10'000;
/// Sessions of one suite, whose scores are kept until the end, and of another grid, likewise with
/// its outcomes.
inline constexpr std::size_t most_suite_sessions = 5'000'000;
inline constexpr std::size_t most_grid_sessions = 20'000'000;

/// Reads a grid in TOML; fails as parse_suite() does.
[[nodiscard]] Expected<Grid> parse_grid(std::string_view text, const std::string& where);

/// Reads a suite in TOML. Fails with malformed or invalid_argument and "`where` line 7": what is no
/// TOML, an unknown key, a value of another type or out of its bounds, a list that is empty or
/// names something twice, more settings than most_settings or sessions than
/// most_suite_sessions, a baseline that is none of the variants.
[[nodiscard]] Expected<Suite> parse_suite(std::string_view text, const std::string& where);

/// The log that a trace was cut from: its file's name without folders and ending, up to the last
/// `separator` in it. Traces of equal names in two folders are of one log.
[[nodiscard]] std::string log_of(std::string_view trace, std::string_view separator);

}  // namespace rung::evaluation
