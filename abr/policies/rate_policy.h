#pragma once

#include "abr/policy.h"

namespace rung::abr {

/// The best representation within 0.9 of the forecast throughput (the safety factor of dash.js);
/// the first of equal bandwidths; the lowest without a forecast.
class RatePolicy final : public Policy {
 public:
  [[nodiscard]] Decision choose(const DecisionContext& context) override;
};

}  // namespace rung::abr
