#include "abr/policies/bba0_policy.h"

#include <algorithm>

#include "abr/ladder.h"

namespace rung::abr {

Decision Bba0Policy::choose(const DecisionContext& context) {
  const auto ladder = context.track.ladder(context.segment);
  const Duration level = context.buffer_level;
  const Duration reservoir = context.buffer_capacity / 240 * 90;
  const Duration upper = context.buffer_capacity / 240 * 216;
  if (level <= reservoir) return {.representation = 0, .reason = Reason::buffer};
  const auto highest = std::ranges::lower_bound(ladder, ladder.back()) - ladder.begin();
  if (level >= upper)
    return {.representation = static_cast<RepresentationIndex>(highest), .reason = Reason::buffer};

  const double share = to_seconds(level - reservoir) / to_seconds(upper - reservoir);
  const double lowest = static_cast<double>(ladder.front().bits_per_second());
  const double line =
      lowest + share * (static_cast<double>(ladder.back().bits_per_second()) - lowest);
  const auto rate = [&](RepresentationIndex i) {
    return static_cast<double>(ladder[i].bits_per_second());
  };
  const RepresentationIndex previous = std::min(context.previous.value_or(0), ladder.size() - 1);
  const RepresentationIndex above = next_above(ladder, previous);
  const RepresentationIndex below = next_below(ladder, previous);
  if (above != previous && line >= rate(above)) {
    RepresentationIndex best = previous;
    for (RepresentationIndex i = 0; i < ladder.size(); ++i)
      if (rate(i) < line && ladder[i] > ladder[best]) best = i;
    return {.representation = best, .reason = Reason::buffer};
  }
  if (ladder[below] < ladder[previous] && line <= rate(below)) {
    RepresentationIndex best = 0;
    while (best + 1 < ladder.size() && rate(best) <= line) ++best;
    return {.representation = best, .reason = Reason::buffer};
  }
  return {.representation = previous, .reason = Reason::hysteresis};
}

}  // namespace rung::abr
