#pragma once

#include <vector>

#include "abr/throughput_estimator.h"
#include "core/expected.h"
#include "core/time.h"
#include "core/units.h"
#include "network_sim/link_capacity.h"

namespace rung::network_sim {

/// What a session's transfers are made of where a history of a link is wanted.
struct HistoryOptions {
  BitRate bandwidth = BitRate::bits_per_second(1'000'000);  ///< Of the one representation.
  Duration segment_duration = std::chrono::seconds(4);
  Duration buffer_capacity = std::chrono::seconds(30);
  Duration rtt = std::chrono::milliseconds(80);  ///< Where the trace tells none.
};

/// The transfers, in order, of a session over the link that plays segments of equal size and never
/// gives one up: back to back until the buffer is full, then one a segment duration. Those that are
/// asked for within the first round of the trace. Fails (invalid_argument) on options that no
/// session has, and (limit_exceeded) where the round holds more than limits::listed_segments
/// segments. A function of its arguments alone.
[[nodiscard]] Expected<std::vector<abr::TransferSample>> transfer_history(
    const LinkCapacity& link, const HistoryOptions& options);

}  // namespace rung::network_sim
