#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "abr/qoe.h"
#include "core/expected.h"
#include "core/id.h"
#include "core/time.h"
#include "media/track.h"
#include "network_sim/optimum_bound.h"
#include "network_sim/scenario.h"

namespace rung::network_sim {

/// When transfers are complete that are requested at `requested`: writes one instant for each
/// representation of `segment`. Transfers run one at a time. A later request must never be complete
/// earlier, nor a larger representation of the same request.
using TransferEnds =
    std::function<void(SegmentNumber segment, Timestamp requested, std::span<Timestamp> ends)>;

/// A title to be fetched over a link that is known in advance. Refers to the track.
struct OptimumProblem {
  const media::Track& track;
  abr::Qoe qoe;
  /// No segment is asked for that would lift the level above this.
  Duration buffer_capacity{};
  /// Playback starts and goes on as soon as one segment is there.
  TransferEnds ends;
  /// Given, it lets the search drop what cannot become the best.
  std::optional<LinkBound> link;
  /// The first segment comes in this representation, and neither its quality nor the start-up
  /// counts (as in Pensieve's evaluation); without one it is chosen and counts.
  std::optional<RepresentationIndex> given_first;
};

/// The best that any policy could have done.
struct Optimum {
  double qoe = 0;                         ///< The sum over segments.
  std::vector<RepresentationIndex> path;  ///< By segment.
  std::size_t most_labels = 0;            ///< That were kept at one segment.
};

/// The exact maximum of the QoE over all sequences of representations, by label setting with
/// dominance (Martins, "On a multicriteria shortest path problem", European Journal of Operational
/// Research 16(2), 1984). A label is what is known behind a segment: when the next
/// one is asked for (this one is there and the buffer has room), for how long playback has waited
/// until then, and the sum of qualities less switches. Of two labels
/// behind the same segment one is dropped when the other asks no later, has waited no longer
/// and has a sum that is no smaller, less the switch between their representations: whatever the
/// one does next, the other can do, and is never behind. Waiting before a request never helps
/// either, so every request goes out as soon as the buffer has room.
///
/// Where the link's bound is given, a narrow search comes first, and the full one drops every label
/// that, by the bound (optimum_bound.h), cannot come to what the narrow one found.
///
/// Fails with limit_exceeded where more than limits::optimum_labels labels would be kept or the
/// session would outlast limits::session_time.
[[nodiscard]] Expected<Optimum> optimum(const OptimumProblem& problem);

/// The optimum of a simulated session in which no transfer is given up. (Giving one up never helps
/// whoever knows the link: what came in its place would have been there no later at once.) Fails
/// with unsupported where the search would not be exact: a title with sound or init segments, a
/// start-up or resume level above the shortest segment, a trace whose RTT changes. Waits for room
/// are taken to last no longer than they must: where the session waits in whole quanta, it is the
/// optimum only if its replay comes to the same.
[[nodiscard]] Expected<Optimum> optimum(const Scenario& scenario);

/// The scenario's session options for a replay of the optimum: no transfer is ever given up.
[[nodiscard]] session::SessionOptions patient(session::SessionOptions options);

}  // namespace rung::network_sim
