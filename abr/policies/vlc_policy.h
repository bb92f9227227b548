#pragma once

#include <cstdint>

#include "abr/policy.h"

namespace rung::abr {

/// Which of VLC's adaptation logics.
enum class VlcLogic : std::uint8_t { rate, predictive, near_optimal };

/// Adaptation logics of VLC (code.videolan.org/videolan/vlc, modules/demux/adaptive/logic).
/// RateBasedAdaptationLogic.cpp as of commit 046ff13e: the highest bandwidth within 3/4 of the
/// forecast. PredictiveAdaptationLogic.cpp as of commit 0858bd76, with f the level by its target:
///
///     the first three segments: the highest
///     f > 0.8: the highest within the forecast or, where that is more, the last bandwidth
///     f > 0.5: the last one
///     else:    the highest within f x forecast
///
/// NearOptimalAdaptationLogic.cpp as of commit a3226cf8, with u = ln(bandwidth in bit/s), the level
/// Q in seconds, Q_min = 6 s and Q_max the target:
///
///     gp = 1 + (u_max - u_min) / (Q_max / Q_min - 1);  V = (Q_min - 1) / (u_min + gp)
///     m  = the greatest (V (u - u_min + gp) - Q) / bandwidth, the last of equals
///
/// Where m is below the last choice: the last choice where the forecast carries more than that,
/// else the one below what the greater of forecast and last bandwidth carries, but not below m.
///
/// Where we differ: docs/policies.md.
class VlcPolicy final : public Policy {
 public:
  explicit VlcPolicy(VlcLogic logic) : logic_(logic) {}
  [[nodiscard]] Decision choose(const DecisionContext& context) override;

 private:
  [[nodiscard]] Decision predict(const DecisionContext& context);
  [[nodiscard]] static Decision near_optimal(const DecisionContext& context);

  VlcLogic logic_;
  int chosen_ = 0;  ///< Segments, up to three.
};

}  // namespace rung::abr
