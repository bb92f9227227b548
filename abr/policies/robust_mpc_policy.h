#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "abr/estimators/link_history.h"
#include "abr/policy.h"
#include "abr/qoe.h"
#include "core/limits.h"

namespace rung::abr {

/// How much an MPC planner believes, and what it plans with.
enum class MpcVariant : std::uint8_t {
  robust,  ///< The forecast less the worst recent error, section 4.3.
  plain,   ///< The forecast as it is, section 4.2.
  fast,    ///< As a table would say that was filled beforehand, section 5.
};

/// RobustMPC of Yin et al., "A control-theoretic approach for dynamic adaptive video streaming over
/// HTTP", SIGCOMM 2015, sections 4.2 and 4.3: the first step of the plan with the best QoE over
/// the next five segments, if every transfer goes at the forecast divided by one plus the greatest
/// relative error of the last five forecasts. The session's estimator makes the forecast; the paper
/// has the harmonic mean.
///
/// The search is exact (branch and bound). Of plans that are worth the same, the one whose first
/// representation is lowest is taken. The bound is a Lagrangian one: transfers stall at least for
/// what the buffer and the segments do not cover, so a plan is worth no more than if every second
/// of transfer cost some price between nothing and the penalty for rebuffering, and every second
/// covered earned it. At a given price the best rest of a plan is found from its end backwards,
/// switches included; the prices are chosen where the bound on the whole plan is least.
///
/// `plain` is their MPC, which divides the forecast by nothing. `fast` is their FastMPC: the state
/// is that of the middle of its bin, of 100 for the level from empty to the capacity and of 100 for
/// the forecast up to twice the highest bandwidth, and every segment is bandwidth x duration large.
/// The paper looks the plan of each bin up in a table; we make the same plan when it is asked for.
///
/// Where we differ: the horizon ends with the title, and is shorter for ladders of more than
/// sixteen representations, so that a plan is never one of more than 2^20. Start-up is not planned.
class RobustMpcPolicy final : public Policy {
 public:
  static constexpr std::size_t longest_horizon = 5;

  explicit RobustMpcPolicy(const Qoe& qoe, MpcVariant variant = MpcVariant::robust)
      : qoe_(qoe), variant_(variant) {}

  [[nodiscard]] Decision choose(const DecisionContext& context) override;
  void observe(const TransferSample& sample) override;
  void on_seek() override { pending_.reset(); }

 private:
  /// One segment in one representation.
  struct Option {
    double quality = 0;
    Duration transfer{};
    RepresentationIndex representation = 0;
  };
  struct Step {
    std::array<Option, limits::representations> options;  ///< By ascending quality.
    std::size_t count = 0;
    Duration duration{};
    Duration room{};  ///< The highest level at which the segment is asked for.
  };
  /// The first steps of a plan.
  struct Branch {
    std::size_t depth = 0;
    RepresentationIndex first = 0;  ///< Representation of the first step.
    std::size_t last = 0;           ///< Option of the last step.
    double worth = 0;
    Duration level{};
  };
  /// A whole plan's worth without rebuffering, and how long its transfers take in nanoseconds.
  struct Line {
    double worth = 0;
    double transfer = 0;
  };
  static constexpr std::size_t most_prices = 5;
  /// The rest of the plan is worth at most this much at every price.
  using Rest = std::array<double, most_prices>;

  /// What transfers are planned to go at.
  [[nodiscard]] BitRate believed(const DecisionContext& context) const;
  void prepare(const DecisionContext& context, BitRate throughput);
  /// Fills the table of bounds, and offers the plans that it is made of.
  void price_transfers(const Branch& root);
  Line add_price(double price, const Branch& root);
  void spread(std::size_t depth, std::size_t price_index);
  [[nodiscard]] double switch_cost(const Branch& branch, std::size_t option) const;
  [[nodiscard]] Branch extend(const Branch& branch, std::size_t option) const;
  [[nodiscard]] double covered(const Branch& branch) const;
  [[nodiscard]] double bound(const Branch& branch) const;
  [[nodiscard]] bool may_win(double bound) const;
  void search(const Branch& branch);
  void offer(const Branch& leaf);

  Qoe qoe_;
  MpcVariant variant_;
  std::optional<BitRate> pending_;  ///< The forecast that the running transfer will judge.
  RecentValues<double, 5> errors_;

  // Filled by every choose(); members so that a decision allocates nothing.
  std::size_t horizon_ = 0;
  std::array<Step, longest_horizon> steps_;
  std::optional<double> previous_quality_;
  std::array<Duration, longest_horizon> playable_{};  ///< Durations but the last, from a step on.
  std::size_t price_count_ = 0;
  std::array<double, most_prices> prices_{};  ///< Per nanosecond.
  /// By step and option of the step before.
  std::array<std::array<Rest, limits::representations>, longest_horizon> rests_{};
  /// By step and option: what it and the rest are worth at the price being added.
  std::array<std::array<double, limits::representations>, longest_horizon> gains_{};
  double best_worth_ = 0;
  RepresentationIndex best_first_ = 0;
};

}  // namespace rung::abr
