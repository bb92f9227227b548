#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "evaluation/statistics.h"

namespace rung::evaluation {

/// What an evaluation runs and how it judges: the content of a suite file (docs/evaluate.md). A
/// value.
struct Suite {
  std::vector<std::string> titles;  ///< Files; relative paths start at the suite's folder.
  std::vector<std::string> traces;  ///< Files and folders, likewise.
  std::vector<std::string> policies;
  std::string baseline;  ///< One of `policies`; the others are compared with it.
  std::optional<std::string> estimator;
  std::vector<std::uint64_t> seeds{1};
  std::string profile;  ///< Of another simulator; empty for our own sessions.
  // What is not given stays as the profile has it.
  std::optional<Duration> buffer;
  std::optional<Duration> startup;
  std::optional<Duration> resume;
  std::optional<Duration> rtt;
  std::optional<bool> abandonment;
  std::string qoe = "lin";  ///< Name of the quality model.
  /// Titles are live, and viewers so far behind.
  std::optional<Duration> live_delay;
  /// Traces whose names are equal up to its last occurrence are cut from one log.
  std::string log_separator = "@";
  BootstrapOptions bootstrap;
  bool regret = false;  ///< Hold every session against the exact optimum.
  double power = 0.8;   ///< Of the minimum detectable effect.

  friend bool operator==(const Suite&, const Suite&) = default;
};

/// What `rung simulate --grid` runs (docs/simulate.md): every combination of all lists. A value.
struct Grid {
  std::vector<std::string> titles;
  std::vector<std::string> traces;
  std::vector<std::string> policies;
  std::vector<std::uint64_t> seeds{1};
  std::string profile;
  std::optional<std::string> qoe;
  // What is empty is not varied: each policy's own estimator, the profile's options.
  std::vector<std::string> estimators;
  std::vector<Duration> buffers;
  std::vector<Duration> startups;
  std::vector<Duration> resumes;
  std::vector<Duration> rtts;
  std::vector<bool> abandonment;

  friend bool operator==(const Grid&, const Grid&) = default;
};

/// Reads a grid in TOML; fails as parse_suite() does.
[[nodiscard]] Expected<Grid> parse_grid(std::string_view text, const std::string& where);

/// Reads a suite in TOML. Fails with malformed or invalid_argument and "`where` line 7": what is no
/// TOML, an unknown key, a value of another type or out of its bounds, a list that is empty or
/// names something twice, a baseline that is none of the policies.
[[nodiscard]] Expected<Suite> parse_suite(std::string_view text, const std::string& where);

/// The log that a trace was cut from: its file's name without folders and ending, up to the last
/// `separator` in it. Traces of equal names in two folders are of one log.
[[nodiscard]] std::string log_of(std::string_view trace, std::string_view separator);

}  // namespace rung::evaluation
