#pragma once

#include "abr/policy.h"

namespace rung::abr {

/// The best audio representation within 15 % of the forecast throughput, so that it never costs the
/// video a rung; the lowest when there is no forecast. A change upwards needs a quarter more than
/// that, so that audio does not flap.
[[nodiscard]] Decision choose_audio(const DecisionContext& context);

}  // namespace rung::abr
