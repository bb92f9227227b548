#pragma once

#include <CLI/CLI.hpp>

#include "cli/number_range.h"
#include "core/limits.h"
#include "core/time.h"

namespace rung::cli {

inline constexpr double default_policy_timeout = to_seconds(limits::policy_answer_time);

/// The flag that says how long a policy in a program of its own may take for each answer; `seconds`
/// holds the default.
inline void add_policy_timeout_option(CLI::App& command, double& seconds) {
  command
      .add_option("--policy-timeout", seconds,
                  "Seconds that a policy pipe:COMMAND may take for each answer")
      ->check(number_from(0.001, 3600.0))
      ->capture_default_str();
}

}  // namespace rung::cli
