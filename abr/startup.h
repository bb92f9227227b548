#pragma once

#include "abr/policy.h"
#include "core/time.h"

namespace rung::abr {

/// The first segment of a title or after a seek: the best representation that is forecast to arrive
/// within `delay_target`, latency included, and that the forecast carries in the long run; the
/// lowest when nothing is known of the link.
[[nodiscard]] Decision choose_startup(const DecisionContext& context, Duration delay_target);

}  // namespace rung::abr
