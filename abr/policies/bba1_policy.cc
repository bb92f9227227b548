#include "abr/policies/bba1_policy.h"

#include <algorithm>

#include "abr/ladder.h"

namespace rung::abr {

namespace {

constexpr SegmentNumber farthest = 1024;

double bytes(ByteCount count) { return static_cast<double>(count.bytes()); }

}  // namespace

Duration bba_reservoir(const DecisionContext& context) {
  const media::Track& track = context.track;
  const Duration capacity = context.buffer_capacity;
  const double lowest =
      static_cast<double>(track.ladder(context.segment).front().bits_per_second()) / 8;
  const double window = 2 * to_seconds(capacity);
  const SegmentNumber end = std::min(track.segment_count(), context.segment + farthest);
  double lost = 0;
  double media = 0;
  for (SegmentNumber segment = context.segment; segment < end && media < window; ++segment) {
    const double duration = to_seconds(track.duration(segment));
    lost += bytes(track.size(segment, 0)) / lowest - duration;
    media += duration;
  }
  const Duration most = capacity / 240 * 140;
  if (lost >= to_seconds(most)) return most;
  return std::max(from_seconds(std::max(lost, 0.0)), capacity / 240 * 8);
}

Decision Bba1Policy::choose(const DecisionContext& context) {
  protect(context);
  const auto ladder = context.track.ladder(context.segment);
  const RepresentationIndex previous = std::min(context.previous.value_or(0), ladder.size() - 1);
  const RepresentationIndex chosen = on_map(context, previous);
  return {.representation = chosen,
          .reason = context.previous && chosen == previous ? Reason::hysteresis : Reason::buffer};
}

void Bba1Policy::on_seek() {
  protection_ = {};
  level_before_ = {};
}

RepresentationIndex Bba1Policy::on_map(const DecisionContext& context,
                                       RepresentationIndex previous) const {
  const media::Track& track = context.track;
  const auto ladder = track.ladder(context.segment);
  const Duration level = context.buffer_level;
  const Duration upper = upper_end(context);
  const Duration reservoir = std::min(bba_reservoir(context) + protection_, upper);
  if (level <= reservoir) return 0;
  const auto highest = static_cast<RepresentationIndex>(
      std::ranges::lower_bound(ladder, ladder.back()) - ladder.begin());
  if (level >= upper) return highest;

  const Duration duration = track.duration(context.segment);
  const double least = bytes(ladder.front() * duration);
  const double share = to_seconds(level - reservoir) / to_seconds(upper - reservoir);
  const double allowed = least + share * (bytes(ladder.back() * duration) - least);
  const auto size = [&](RepresentationIndex i) { return bytes(track.size(context.segment, i)); };
  const RepresentationIndex above = next_above(ladder, previous);
  const RepresentationIndex below = next_below(ladder, previous);
  if (above != previous && allowed >= size(above)) {
    RepresentationIndex best = previous;
    for (RepresentationIndex i = previous + 1; i < ladder.size(); ++i)
      if (size(i) < allowed && ladder[i] > ladder[best]) best = i;
    return best;
  }
  if (ladder[below] < ladder[previous] && allowed <= size(below)) {
    RepresentationIndex best = 0;
    while (best < below && size(best) <= allowed) ++best;
    return best;
  }
  return previous;
}

Duration Bba1Policy::upper_end(const DecisionContext& context) {
  const Duration reachable = context.buffer_capacity - context.track.longest_duration();
  return std::max(std::min(context.buffer_capacity / 240 * 216, reachable), Duration::zero());
}

void Bba1Policy::protect(const DecisionContext& context) {
  const Duration capacity = context.buffer_capacity;
  if (context.previous && context.buffer_level > level_before_ &&
      context.buffer_level < capacity / 4 * 3)
    protection_ = std::min(protection_ + capacity / 600, capacity / 3);
  level_before_ = context.buffer_level;
}

}  // namespace rung::abr
