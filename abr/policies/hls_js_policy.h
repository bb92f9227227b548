#pragma once

#include "abr/policy.h"

namespace rung::abr {

/// The choice of hls.js (github.com/video-dev/hls.js, src/controller/abr-controller.ts as of commit
/// e63a3f94): from the highest representation down, the first one whose bandwidth is below w and
/// whose segment arrives within the level at w, where w is 0.95 of the forecast, 0.7 for a step up.
/// Where none does, the same with a stall of at most 4 s (or one segment) allowed; else the lowest.
///
/// Where we differ: docs/policies.md.
class HlsJsPolicy final : public Policy {
 public:
  [[nodiscard]] Decision choose(const DecisionContext& context) override;
};

}  // namespace rung::abr
