#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/expected.h"

namespace rung::network_sim {

/// Which of Sabre's policies, and the flags of its command line that change one. A value.
struct SabreOptions {
  /// Which segment of the buffer is fetched once more where one of it is lower than what is chosen.
  enum class Replacement : std::uint8_t { none, left, right };

  std::string_view policy;          ///< One of sabre_policy_names().
  bool basic = false;               ///< -ab
  bool low_oscillation = false;     ///< -ao
  bool insufficient_buffer = true;  ///< Its rule; without it, -noibr.
  /// As the version with which the paper's figures were made (example/mmsys18/sabre-mmsys18.py),
  /// whose BOLA-E without the rule takes the offset of its utilities off gamma_p in place of 1.
  bool mmsys18 = false;
  double gamma_p = 5;  ///< -gp; s in Sabre's help, added to utilities as it is.
  Replacement replacement = Replacement::none;  ///< -r
  /// -ma sliding -ws: transfers over which throughput and latency are averaged; empty for averages
  /// with these half-lives.
  std::vector<int> windows;
  std::vector<double> half_lives{3, 8};  ///< -hl, s

  friend bool operator==(const SabreOptions&, const SabreOptions&) = default;
};

[[nodiscard]] std::span<const std::string_view> sabre_policy_names();

/// Reads "bola:basic:gp=10" and the like (docs/sabre.md). None for a name that does not begin with
/// one of sabre_policy_names(); fails (invalid_argument) on an option that does not exist, is there
/// twice or is out of its bounds.
[[nodiscard]] Expected<std::optional<SabreOptions>> parse_sabre_policy(std::string_view name);

}  // namespace rung::network_sim
