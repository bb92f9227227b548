#pragma once

#include <optional>

#include "abr/policy.h"

namespace rung::abr {

/// Whether a running transfer should be given up because it would miss its deadline, and for which
/// lower representation. The deadline is the instant at which the buffer runs dry. Abandons only
/// when the rest at the rate seen so far lands behind it, a lower representation would land earlier
/// than that rest, and more than half of the running transfer is still to come. Chooses the
/// highest representation that arrives in time, else the lowest.
[[nodiscard]] std::optional<RepresentationIndex> abandon_late_transfer(
    const TransferContext& context);

}  // namespace rung::abr
