#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "abr/estimators/link_history.h"
#include "abr/policy.h"
#include "abr/qoe.h"

namespace rung::abr {

/// The MPC that ran on Puffer (Yan et al., "Learning in situ: a randomized experiment in video
/// streaming", NSDI 2020, section 4.4; github.com/StanfordSNR/puffer, src/abr/mpc.cc): the first
/// step of the plan with the best QoE over the next five segments, found by value iteration over
/// the buffer level in a hundred steps of its capacity. `robust` divides the forecast by one plus
/// the greatest relative error of the last ten.
///
/// Puffer's is for SSIM: that is what it plans for where QoeModel::ssim is asked for, otherwise it
/// plans for the model that is reported. Where we differ: the forecast is the session's and the
/// same for all five segments (Puffer takes a mean of the last ten sending times of a byte, which
/// slides on into its own forecasts); a session without a forecast begins with the lowest one.
class PufferMpcPolicy final : public Policy {
 public:
  static constexpr std::size_t horizon = 5;
  static constexpr std::size_t levels = 100;

  PufferMpcPolicy(const Qoe& qoe, bool robust);

  [[nodiscard]] Decision choose(const DecisionContext& context) override;
  void observe(const TransferSample& sample) override;
  void on_seek() override { pending_.reset(); }

 private:
  /// What can be done with one segment.
  struct Option {
    double quality = 0;
    Duration transfer{};
  };
  struct Best {
    double worth = 0;
    RepresentationIndex first = 0;
  };
  void prepare(const DecisionContext& context);
  [[nodiscard]] std::size_t nearest(Duration level) const;
  /// The best from step `depth` on, at a level of the grid and behind a segment of that quality.
  [[nodiscard]] Best best(std::size_t depth, std::size_t level, std::optional<double> before);
  [[nodiscard]] double value(std::size_t depth, std::size_t level, RepresentationIndex chosen);

  Qoe qoe_;
  bool robust_;
  std::optional<BitRate> pending_;  ///< The forecast that the running transfer will judge.
  RecentValues<double, 10> errors_;

  // Filled by every choose(); room for the longest ladders, so that a decision allocates nothing.
  Duration unit_{};  ///< Of the buffer level.
  std::array<std::vector<Option>, horizon> options_;
  std::array<Duration, horizon> durations_{};
  std::size_t depth_ = 0;  ///< Steps that are planned.
  /// By step and, in it, by level and representation of the step before; NaN where not known yet.
  std::array<std::vector<double>, horizon> values_;
};

}  // namespace rung::abr
