#pragma once

#include <cstdint>

#include "abr/policy.h"

namespace rung::abr {

/// Which of VLC's adaptation logics.
enum class VlcLogic : std::uint8_t { rate, predictive };

/// Adaptation logics of VLC (code.videolan.org/videolan/vlc, modules/demux/adaptive/logic).
/// RateBasedAdaptationLogic.cpp as of commit 046ff13e: the highest bandwidth within 3/4 of the
/// forecast. PredictiveAdaptationLogic.cpp as of commit 0858bd76, with f the level by its target:
///
///     the first three segments: the highest
///     f > 0.8: the highest within the forecast or, where that is more, the last bandwidth
///     f > 0.5: the last one
///     else:    the highest within f x forecast
///
/// Where we differ: docs/policies.md.
class VlcPolicy final : public Policy {
 public:
  explicit VlcPolicy(VlcLogic logic) : logic_(logic) {}
  [[nodiscard]] Decision choose(const DecisionContext& context) override;

 private:
  [[nodiscard]] Decision predict(const DecisionContext& context);

  VlcLogic logic_;
  int chosen_ = 0;  ///< Segments, up to three.
};

}  // namespace rung::abr
