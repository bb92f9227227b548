#pragma once

#include <optional>
#include <string>

namespace rung::cli {

/// `rung recommend evaluate --logged`.
struct JudgeFlags {
  std::string log;               ///< What was shown and what it brought.
  std::string target = "usual";  ///< `usual`, `uniform` or a file.
  std::string row;               ///< Only this one; empty for all.
  std::optional<double> largest_weight;
  double confidence = 0.95;
  bool json = false;
};

/// Prints what a log says of a policy that it was not made by. The exit status.
[[nodiscard]] int judge_policy(const JudgeFlags& flags);

}  // namespace rung::cli
