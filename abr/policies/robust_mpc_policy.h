#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "abr/estimators/link_history.h"
#include "abr/policy.h"
#include "abr/qoe.h"
#include "core/limits.h"

namespace rung::abr {

/// RobustMPC of Yin et al., "A control-theoretic approach for dynamic adaptive video streaming over
/// HTTP", SIGCOMM 2015, sections 4.2 and 4.3: the first step of the plan with the best QoeLin over
/// the next five segments, if every transfer goes at the forecast divided by one plus the greatest
/// relative error of the last five forecasts. The session's estimator makes the forecast; the paper
/// has the harmonic mean.
///
/// The search is exact (branch and bound). Of plans that are worth the same, the one whose first
/// representation is lowest is taken.
///
/// Where we differ: the horizon ends with the title, and is shorter for ladders of more than
/// sixteen representations, so that a plan is never one of more than 2^20. Start-up is not planned.
class RobustMpcPolicy final : public Policy {
 public:
  static constexpr std::size_t longest_horizon = 5;

  explicit RobustMpcPolicy(const QoeLin& qoe) : qoe_(qoe) {}

  [[nodiscard]] Decision choose(const DecisionContext& context) override;
  void observe(const TransferSample& sample) override;
  void on_seek() override { pending_.reset(); }

 private:
  /// One segment in one representation.
  struct Option {
    double quality = 0;
    BitRate bandwidth;
    Duration transfer{};
  };
  struct Step {
    std::array<Option, limits::representations> options;
    std::size_t count = 0;
    Duration duration{};
    Duration room{};  ///< The highest level at which the segment is asked for.
    double highest_quality = 0;
  };
  /// What a bound asks for every second of transfer: any price between nothing and the penalty for
  /// rebuffering gives a true upper bound.
  static constexpr std::size_t prices = 3;

  struct Branch {
    std::size_t depth = 0;
    std::size_t first = 0;  ///< Representation of the first step.
    double worth = 0;
    Duration level{};
    std::optional<BitRate> previous;
  };

  void prepare(const DecisionContext& context, BitRate throughput);
  [[nodiscard]] Branch extend(const Branch& branch, std::size_t representation) const;
  /// No less than what any completion of `branch` is worth, but for rounding.
  [[nodiscard]] double bound(const Branch& branch) const;
  void search(const Branch& branch);
  void offer(const Branch& leaf);

  QoeLin qoe_;
  std::optional<BitRate> pending_;  ///< The forecast that the running transfer will judge.
  RecentValues<double, 5> errors_;

  // Filled by every choose(); members so that a decision allocates nothing.
  std::size_t horizon_ = 0;
  std::array<Step, longest_horizon> steps_;
  std::array<double, prices> price_{};
  /// By price and depth: the best of quality less price x transfer, summed from there on.
  std::array<std::array<double, longest_horizon + 1>, prices> priced_{};
  std::array<double, longest_horizon + 1> highest_{};  ///< Highest quality from a depth on.
  std::array<Duration, longest_horizon + 1>
      playable_{};  ///< Durations but the last, from there on.
  double best_worth_ = 0;
  std::size_t best_first_ = 0;
};

}  // namespace rung::abr
