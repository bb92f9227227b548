#pragma once

#include "abr/policy.h"

namespace rung::abr {

/// AdaptiveTrackSelection of ExoPlayer (github.com/androidx/media, AdaptiveTrackSelection.java as
/// of commit 1fa4d560): the highest bandwidth within 0.7 of the forecast, but no step up below 10 s
/// of buffer and no step down from 25 s on.
///
/// Where we differ: docs/policies.md.
class Media3Policy final : public Policy {
 public:
  [[nodiscard]] Decision choose(const DecisionContext& context) override;
};

}  // namespace rung::abr
