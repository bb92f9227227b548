#pragma once

#include <optional>

#include "core/expected.h"
#include "core/time.h"
#include "core/units.h"
#include "network_sim/trace.h"

namespace rung::network_sim {

/// Below this rate a link counts as being in an outage unless the caller says otherwise: too slow
/// for the lowest rung of common ladders and its audio.
inline constexpr BitRate default_outage_threshold = BitRate::bits_per_second(100'000);

/// What a trace offers over one round. Every figure is weighted by time. A percentile is the lowest
/// rate that is not exceeded for at least that share of the time. A value.
struct TraceStats {
  Duration duration{};
  std::size_t pieces = 0;
  BitRate mean;  ///< All bytes of a round by its duration, rounded down.
  BitRate minimum;
  BitRate percentile_5;
  BitRate percentile_25;
  BitRate median;
  BitRate percentile_75;
  BitRate percentile_95;
  BitRate maximum;
  double coefficient_of_variation = 0;  ///< Standard deviation by mean.
  BitRate outage_threshold;
  double outage_share = 0;           ///< Share of the time with a rate below the threshold.
  Duration longest_outage{};         ///< Within a round, not over the wrap-around.
  std::optional<Duration> mean_rtt;  ///< Over the pieces that tell one.

  friend bool operator==(const TraceStats&, const TraceStats&) = default;
};

[[nodiscard]] TraceStats trace_stats(const Trace& trace,
                                     BitRate outage_threshold = default_outage_threshold);

/// The trace averaged over windows of equal length from time zero (the last one may be shorter), to
/// look at traces of very short pieces, such as Mahimahi's, as a player feels them. RTTs are
/// dropped. `window` must be above zero. Fails when there would be more than limits::trace_points.
[[nodiscard]] Expected<Trace> averaged_over(const Trace& trace, Duration window);

}  // namespace rung::network_sim
