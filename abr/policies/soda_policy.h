#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "abr/policy.h"

namespace rung::abr {

/// SODA of Chen, Lin, Christianson, Akhtar, Dharmaji, Hajiesmaili, Wierman, Sitaraman, "SODA: an
/// adaptive bitrate controller for consistent high-quality video streaming", SIGCOMM 2024: smoothed
/// online optimisation over intervals of time, not over segments. With w the forecast, D the
/// interval, x the level and r_0 the last choice, the sequence r_1 .. r_5 with the least
///
///     sum of v(r_k) w D / r_k + beta b(x_k) + gamma (v(r_k) - v(r_k-1))^2,
///     x_k = x_k-1 + w D / r_k - D,
///     b(x) = ((x' - x) / x')^2 below the target x', epsilon ((x - x') / x')^2 above,
///
/// among those that rise or fall throughout, which is nearly all that can be the best; its first
/// one is taken. v(r) = ln(r_max / r) / ln(r_max / r_min).
///
/// The weights and where we differ: docs/policies.md.
class SodaPolicy final : public Policy {
 public:
  [[nodiscard]] Decision choose(const DecisionContext& context) override;

 private:
  /// Representations that are thought of: at most these many around the last one.
  static constexpr std::size_t most_rungs = 13;
  static constexpr std::size_t horizon = 5;
  struct Problem {
    std::array<double, most_rungs> distortion{};  ///< v, by rung that is thought of.
    std::array<double, most_rungs> seconds{};     ///< w D / r.
    std::size_t rungs = 0;
    double interval = 0;  ///< D in seconds, and the levels too.
    double target = 0;
    double most = 0;
  };
  /// The least cost of the `left` intervals from `level` on, each rung not below (`step` 1) or not
  /// above (`step` -1) the one before.
  [[nodiscard]] static double least_cost(const Problem& problem, double level, std::size_t before,
                                         int step, std::size_t left);
  /// Of one interval at `rung` from one level to another; infinite where the buffer runs dry.
  [[nodiscard]] static double cost(const Problem& problem, double before, double level,
                                   std::size_t rung);
};

}  // namespace rung::abr
