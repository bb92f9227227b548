#pragma once

#include <charconv>
#include <string>

#include <CLI/CLI.hpp>

namespace rung::cli {

/// Lets an option take numbers from `low` to `high` only; unlike CLI::Range it refuses NaN.
[[nodiscard]] inline CLI::Validator number_from(double low, double high) {
  const auto check = [low, high](const std::string& text) -> std::string {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool number = error == std::errc() && end == text.data() + text.size();
    if (number && value >= low && value <= high) return {};
    return "a number from " + CLI::detail::to_string(low) + " to " + CLI::detail::to_string(high) +
           " is needed, not " + text;
  };
  return CLI::Validator(check, "NUMBER");
}

/// What the options of a simulated session may be, in the units of the flags.
[[nodiscard]] inline CLI::Validator buffer_seconds() { return number_from(0.001, 86'400.0); }
[[nodiscard]] inline CLI::Validator rtt_milliseconds() { return number_from(0, 600'000.0); }
[[nodiscard]] inline CLI::Validator overhead_percent() { return number_from(0, 1000.0); }

/// --upgrades, where a session's options are chosen.
inline CLI::Option* add_upgrades_option(CLI::App& app, double& percent) {
  return app
      .add_option("--upgrades", percent,
                  "Raise segments of the buffer while the link is idle; one is begun only while "
                  "less than this percentage of all bytes was not shown")
      ->check(number_from(0, 100))
      ->capture_default_str();
}

}  // namespace rung::cli
