#include "abr/policies/bola_basic_policy.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "abr/ladder.h"

namespace rung::abr {

namespace {

constexpr double gamma_p = 5;

double ratio(BitRate a, BitRate b) {
  return static_cast<double>(a.bits_per_second()) / static_cast<double>(b.bits_per_second());
}

/// The greatest score with `level` segments in the buffer where `longest` may be there.
RepresentationIndex best_score(std::span<const BitRate> ladder, double level, double longest) {
  const double highest = std::log(ratio(ladder.back(), ladder.front()));
  const double v = (longest - 1) / (highest + gamma_p);
  RepresentationIndex best = 0;
  double most = 0;
  for (RepresentationIndex i = 0; i < ladder.size(); ++i) {
    const double size = ratio(ladder[i], ladder.front());
    const double score = (v * (std::log(size) + gamma_p) - level) / size;
    if (i > 0 && score <= most) continue;
    most = score;
    best = i;
  }
  return best;
}

}  // namespace

Decision BolaBasicPolicy::choose(const DecisionContext& context) {
  const auto ladder = context.track.ladder(context.segment);
  const double duration = to_seconds(context.track.duration(context.segment));
  const double level = to_seconds(context.buffer_level) / duration;
  const double longest = longest_queue(context, duration);
  const RepresentationIndex by_score = best_score(ladder, level, longest);
  Decision decision{.representation = by_score, .reason = Reason::buffer};
  if (variant_ == BolaVariant::basic) return decision;

  const bool held = variant_ != BolaVariant::finite && context.previous && measured_;
  if (held && by_score > *context.previous) {
    const RepresentationIndex previous = std::min(*context.previous, ladder.size() - 1);
    const RepresentationIndex carried = highest_within(ladder, *measured_);
    if (carried < by_score) {
      decision.reason = Reason::hysteresis;
      if (carried < previous)
        decision.representation = previous;
      else
        decision.representation = variant_ == BolaVariant::utility
                                      ? std::min(next_above(ladder, carried), by_score)
                                      : carried;
    }
  }
  const double wait = std::clamp(level - longest + 1, 0.0, level) * duration;
  if (wait > 0)
    decision.not_before = context.now + std::min(from_seconds(wait), context.buffer_level);
  return decision;
}

void BolaBasicPolicy::observe(const TransferSample& sample) { measured_ = throughput(sample); }

double BolaBasicPolicy::longest_queue(const DecisionContext& context, double duration) const {
  const double capacity = to_seconds(context.buffer_capacity) / duration;
  if (variant_ == BolaVariant::basic) return capacity;
  const MediaTime at = context.buffer.position();
  const double begun = to_seconds(at - context.track.start(0));
  const double left = to_seconds(context.track.end() - at);
  return std::min(capacity, std::max(std::min(begun, left) / 2 / duration, 3.0));
}

}  // namespace rung::abr
