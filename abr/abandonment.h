#pragma once

#include <optional>

#include "abr/policy.h"

namespace rung::abr {

/// Whether a running transfer should be given up because it would miss its deadline, and for which
/// lower representation. The deadline is the instant at which the buffer runs dry or, before the
/// first picture, that of the start-up delay aimed at.
///
/// The rest is forecast at the recent rate of the transfer, at its mean where there is no recent
/// one. It is given up only when the rest lands behind the deadline and a lower representation,
/// asked for now, lands before the rest: latency, all of its bytes and those included that are on
/// their way of the transfer that is given up (64 KiB at most). Once more than half
/// has arrived, only when the rest is late by far and the lower one takes less than half as long.
/// Chooses the highest representation that arrives in time, else the lowest.
[[nodiscard]] std::optional<RepresentationIndex> abandon_late_transfer(
    const TransferContext& context);

/// The rate at which the transfer is taken to go on; none when too little is known.
[[nodiscard]] std::optional<BitRate> arrival_rate(const TransferContext& context);

}  // namespace rung::abr
