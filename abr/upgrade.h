#pragma once

#include <optional>
#include <span>

#include "abr/policy.h"
#include "abr/qoe.h"
#include "core/time.h"
#include "core/units.h"

namespace rung::abr {

/// What is known when the link has nothing else to carry.
struct UpgradeContext {
  const DecisionContext& decision;  ///< As if choosing for the next segment now.
  const Qoe& qoe;
  /// Segments of the buffer, without a gap, of which nothing has been shown.
  SegmentNumber first = 0;
  std::span<const RepresentationIndex> buffered;      ///< From `first` on.
  std::optional<RepresentationIndex> before_first{};  ///< That of the segment before; where known.
  ByteCount allowance;  ///< What may be thrown away: no copy above it is.
  /// For so long the link has nothing else to carry; max() where nothing more is to come.
  Duration idle{};
};

/// Which segment of the buffer is worth being fetched once more, and in which representation; none
/// where none is. Its `replaces` names the segment.
///
/// Only what arrives surely: at half of the forecast throughput, two seconds before it is shown. It
/// may take as long as the link is idle and a quarter of the buffer besides. Of those the one whose
/// QoE, switches to both neighbours included, rises most for each byte that is thrown away; of
/// equals the first one, in the lowest representation.
[[nodiscard]] std::optional<Decision> choose_upgrade(const UpgradeContext& context);

/// Whether a transfer of such a segment should be given up, as the rest of it, at its recent rate,
/// would come behind its deadline: the instant at which the segment begins to be shown.
[[nodiscard]] bool upgrade_is_late(const TransferContext& context);

}  // namespace rung::abr
