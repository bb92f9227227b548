#include "abr/policies/bba2_policy.h"

#include <algorithm>

#include "abr/ladder.h"

namespace rung::abr {

Decision Bba2Policy::choose(const DecisionContext& context) {
  if (!starting_) return map_.choose(context);
  const auto ladder = context.track.ladder(context.segment);
  const RepresentationIndex previous = std::min(context.previous.value_or(0), ladder.size() - 1);
  const Duration level = context.buffer_level;
  const Duration before = level_before_;
  level_before_ = level;
  if (level < before || map_.on_map(context, previous) > previous) {
    starting_ = false;
    return map_.choose(context);
  }
  if (!context.previous || !last_transfer_)
    return {.representation = previous, .reason = Reason::startup_unknown};

  const double duration = to_seconds(context.track.duration(context.segment - 1));
  const double filled = duration - to_seconds(*last_transfer_);
  const double full = std::max(to_seconds(Bba1Policy::upper_end(context)), 1e-3);
  const double share = 0.875 - 0.375 * std::min(to_seconds(level) / full, 1.0);
  if (filled > share * duration)
    return {.representation = next_above(ladder, previous), .reason = Reason::throughput};
  return {.representation = previous, .reason = Reason::hysteresis};
}

void Bba2Policy::observe(const TransferSample& sample) {
  last_transfer_ = sample.completed - sample.requested;
}

void Bba2Policy::on_seek() {
  map_.on_seek();
  starting_ = true;
  level_before_ = {};
  last_transfer_.reset();
}

}  // namespace rung::abr
