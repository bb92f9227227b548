#include "abr/policies/media3_policy.h"

#include <algorithm>
#include <span>

#include "abr/ladder.h"

namespace rung::abr {

namespace {

constexpr double bandwidth_fraction = 0.7;
constexpr Duration least_to_rise = std::chrono::seconds(10);
constexpr Duration most_to_fall = std::chrono::seconds(25);

}  // namespace

Decision Media3Policy::choose(const DecisionContext& context) {
  if (!context.forecast) return {.representation = 0, .reason = Reason::startup_unknown};
  const std::span<const BitRate> ladder = context.track.ladder(context.segment);
  const RepresentationIndex ideal =
      highest_within(ladder, scaled(context.forecast->throughput, bandwidth_fraction));
  if (context.previous && *context.previous < ladder.size()) {
    const Duration room = context.buffer_capacity - context.track.longest_duration();
    const bool rise = ladder[ideal] > ladder[*context.previous];
    const bool fall = ladder[ideal] < ladder[*context.previous];
    if ((rise && context.buffer_level < std::min(least_to_rise, room / 2)) ||
        (fall && context.buffer_level >= most_to_fall))
      return {.representation = *context.previous, .reason = Reason::hysteresis};
  }
  return {.representation = ideal, .reason = Reason::throughput};
}

}  // namespace rung::abr
