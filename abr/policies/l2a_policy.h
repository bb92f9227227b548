#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "abr/policy.h"
#include "core/limits.h"

namespace rung::abr {

/// Learn2Adapt of Karagkioules, Paschos, Liakopoulos, Fiandrotti, Tsilimantos, Cagnazzo,
/// "Optimizing adaptive video streaming in mobile networks via online learning", 2019, and "Online
/// learning for low-latency adaptive streaming", MMSys 2020, as in dash.js
/// (src/streaming/rules/abr/L2ARule.js as of commit 06571a64): online gradient descent over a
/// probability w for every representation, with a multiplier Q that keeps account of the buffer.
/// For every segment, with V the duration of the last one, c the throughput of its transfer, b the
/// bandwidths, v = 4^0.99 and alpha = 2 v:
///
///     w_i = w'_i +- V / (2 alpha) (Q + v) b_i / c     (- where b_i > c)
///     w   = the nearest point to that on the simplex
///     Q   = max(0, Q - V + V (b . w + b . (w - w')) / c)
///
/// The bandwidth nearest to b . w is taken, one step up at a time where the next one is within c;
/// where it is not below c, Q becomes 2 max(v, Q). Until the level is 1.5 s it goes by throughput.
///
/// Where we differ: docs/policies.md.
class L2aPolicy final : public Policy {
 public:
  [[nodiscard]] Decision choose(const DecisionContext& context) override;
  void observe(const TransferSample& sample) override;
  void on_seek() override;

 private:
  [[nodiscard]] RepresentationIndex learn(const DecisionContext& context, double throughput);

  std::optional<BitRate> came_;  ///< Throughput of a transfer that was not learnt from yet.
  bool steady_ = false;
  std::size_t rungs_ = 0;  ///< Of the ladder that `weights_` are for.
  std::array<double, limits::representations> weights_{};
  double multiplier_ = 0;
  RepresentationIndex choice_ = 0;
};

}  // namespace rung::abr
