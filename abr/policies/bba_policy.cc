#include "abr/policies/bba_policy.h"

#include <algorithm>
#include <cstdint>

#include "abr/ladder.h"

namespace rung::abr {

namespace {

/// `rate` of the line from the lowest bandwidth at `reservoir` to the highest at `upper`.
BitRate line_at(Duration level, Duration reservoir, Duration upper, BitRate lowest,
                BitRate highest) {
  if (level <= reservoir) return lowest;
  if (level >= upper) return highest;
  const double share = to_seconds(level - reservoir) / to_seconds(upper - reservoir);
  const BitRate span =
      BitRate::bits_per_second(highest.bits_per_second() - lowest.bits_per_second());
  return BitRate::bits_per_second(lowest.bits_per_second() + scaled(span, share).bits_per_second());
}

}  // namespace

Decision BbaPolicy::choose(const DecisionContext& context) {
  const auto ladder = context.track.ladder(context.segment);
  const Duration capacity = context.buffer_capacity;
  const Duration longest = context.track.longest_duration();
  const Duration reachable = capacity - longest - longest / 10;
  const Duration upper = std::max(std::min(capacity / 10 * 9, reachable), Duration::zero());
  const Duration reservoir = std::min(capacity / 240 * 90, upper);
  const BitRate line =
      line_at(context.buffer_level, reservoir, upper, ladder.front(), ladder.back());
  if (!context.previous)
    return {.representation = highest_within(ladder, line), .reason = Reason::buffer};

  if (context.buffer_level <= reservoir) return {.representation = 0, .reason = Reason::buffer};
  const RepresentationIndex previous = std::min(*context.previous, ladder.size() - 1);
  const auto above = std::ranges::upper_bound(ladder, ladder[previous]);
  if (above != ladder.end() && line >= *above)
    return {.representation = highest_within(ladder, line), .reason = Reason::buffer};
  const auto same = std::ranges::lower_bound(ladder, ladder[previous]);
  if (same != ladder.begin() && line < *(same - 1)) {
    const auto lowest_carrying = std::ranges::lower_bound(ladder, line);
    return {.representation = static_cast<RepresentationIndex>(lowest_carrying - ladder.begin()),
            .reason = Reason::buffer};
  }
  return {.representation = previous, .reason = Reason::hysteresis};
}

}  // namespace rung::abr
