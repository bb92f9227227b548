#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "core/time.h"
#include "network_sim/link_capacity.h"
#include "network_sim/measured_log.h"

namespace rung::network_sim {

/// One measured transfer, and how long it takes on the modelled link.
struct ComparedTransfer {
  MeasuredTransfer measured;
  Duration rtt{};        ///< Request to first byte in the simulation.
  Duration simulated{};  ///< Request to last byte.

  [[nodiscard]] Duration took() const { return measured.completed - measured.requested; }
  /// Of the simulated time, relative to the measured one: negative where the simulation is faster.
  [[nodiscard]] double error() const {
    return static_cast<double>(simulated.count() - took().count()) /
           static_cast<double>(took().count());
  }
};

/// How far the modelled link (network_sim/shared_link.h) is from measured transfers.
struct Agreement {
  std::vector<ComparedTransfer> transfers;  ///< In order of time.
  // What cannot be compared:
  std::size_t overlapping = 0;  ///< Other transfers ran beside it.
  std::size_t outside = 0;      ///< It ends, or would end, behind what is known of the capacity.
  std::size_t instant = 0;      ///< It took no time in the clock of the log.
};

struct AgreementOptions {
  /// Where neither the transfer nor the trace tells it.
  Duration default_rtt{};
  /// How much of the trace is known; none where it begins again for ever.
  std::optional<Duration> known;
  /// The instant of the trace at which the log's time is zero.
  Duration offset{};
};

/// Starts every transfer, alone, at the instant at which it was requested. Its RTT is the trace's
/// own, else that of the transfer. `transfers` are in order of their requests. A function of its
/// arguments alone.
[[nodiscard]] Agreement agreement(std::span<const MeasuredTransfer> transfers,
                                  const LinkCapacity& link, const AgreementOptions& options);

}  // namespace rung::network_sim
