#include "abr/policies/bola_policy.h"

#include <algorithm>
#include <cmath>

#include "abr/ladder.h"
#include "core/check.h"

namespace rung::abr {

namespace {

constexpr double safety = 0.9;
/// Of what arrives until the buffer is empty.
constexpr double low_buffer_safety = 0.5;
/// The level up to which the lowest representation is kept, in seconds and as a share of the
/// target.
constexpr double lowest_level = 10;
constexpr double lowest_share = 0.45;

double ratio(BitRate a, BitRate b) {
  return static_cast<double>(a.bits_per_second()) / static_cast<double>(b.bits_per_second());
}

}  // namespace

Decision BolaPolicy::choose(const DecisionContext& context) {
  const auto ladder = context.track.ladder(context.segment);
  if (ladder.back() == ladder.front()) return {.representation = 0, .reason = Reason::buffer};
  const Control now = control(context);
  const double level = to_seconds(context.buffer_level);
  const std::optional<BitRate> carried =
      context.forecast ? std::optional(scaled(context.forecast->throughput, safety)) : std::nullopt;

  if (!context.previous) {
    steady_ = false;
    placeholder_ = 0;
  } else if (chosen_ && *context.previous < *chosen_) {
    // The last transfer was given up: the buffer was not worth what it seemed.
    const RepresentationIndex got = std::min(*context.previous, ladder.size() - 1);
    placeholder_ = std::clamp(least_level(got, now, ladder) - level, 0.0, placeholder_);
  }
  if (context.buffer.stall_count() != stalls_) {
    stalls_ = context.buffer.stall_count();
    placeholder_ = 0;
  }

  Decision decision{.representation = 0, .reason = Reason::startup_unknown};
  if (!steady_ && carried) {
    const RepresentationIndex by_rate = highest_within(ladder, *carried);
    placeholder_ = std::max(least_level(by_rate, now, ladder) - level, 0.0);
    decision = {.representation = by_rate, .reason = Reason::throughput};
    if (context.buffer_level >= context.track.duration(context.segment)) steady_ = true;
  } else if (steady_) {
    const RepresentationIndex by_buffer = best_at(level + placeholder_, now, ladder);
    decision = {.representation = by_buffer, .reason = Reason::buffer};
    if (carried && context.previous) {
      const RepresentationIndex kept = std::min(*context.previous, ladder.size() - 1);
      const RepresentationIndex most = std::max(kept, highest_within(ladder, *carried));
      if (by_buffer > most) decision = {.representation = most, .reason = Reason::hysteresis};
    }
    // At a level where the representation scores below zero its buffer is full. The placeholder
    // goes first, then the session waits; the highest one is bounded by the capacity alone.
    const double full = now.v * (utilities_[decision.representation] + now.gp);
    const double excess = std::max(level + placeholder_ - full, 0.0);
    const double wait = std::max(excess - placeholder_, 0.0);
    placeholder_ = std::max(placeholder_ - excess, 0.0);
    if (wait > 0 && ladder[decision.representation] < ladder.back())
      decision.not_before = context.now + from_seconds(wait);
  }

  if (context.previous && context.forecast) {
    const double covered = level / to_seconds(context.track.duration(context.segment));
    const BitRate bearable = scaled(context.forecast->throughput, low_buffer_safety * covered);
    const RepresentationIndex safe = highest_within(ladder, bearable);
    if (safe < decision.representation)
      decision = {.representation = safe, .reason = Reason::insufficient_buffer};
  }
  chosen_ = decision.representation;
  return decision;
}

void BolaPolicy::on_seek() {
  steady_ = false;
  placeholder_ = 0;
  chosen_.reset();
}

BolaPolicy::Control BolaPolicy::control(const DecisionContext& context) {
  const auto ladder = context.track.ladder(context.segment);
  RUNG_CHECK(ladder.size() <= utilities_.size());
  for (std::size_t i = 0; i < ladder.size(); ++i)
    utilities_[i] = std::log(ratio(ladder[i], ladder.front()));
  const double target =
      std::max(to_seconds(context.buffer_capacity - context.track.longest_duration()), 1e-3);
  const double least = std::min(lowest_level, lowest_share * target);
  const double gp = utilities_[ladder.size() - 1] / (target / least - 1);
  return {.v = least / gp, .gp = gp};
}

RepresentationIndex BolaPolicy::best_at(double level, const Control& control,
                                        std::span<const BitRate> ladder) const {
  RepresentationIndex best = 0;
  double most = 0;
  for (RepresentationIndex i = 0; i < ladder.size(); ++i) {
    const double score =
        (control.v * (utilities_[i] + control.gp) - level) / ratio(ladder[i], ladder.front());
    if (i > 0 && score <= most) continue;
    most = score;
    best = i;
  }
  return best;
}

double BolaPolicy::least_level(RepresentationIndex representation, const Control& control,
                               std::span<const BitRate> ladder) const {
  double least = 0;
  const double size = ratio(ladder[representation], ladder.front());
  for (RepresentationIndex lower = 0; lower < representation; ++lower) {
    const double lower_size = ratio(ladder[lower], ladder.front());
    if (lower_size >= size) continue;
    const double crossing =
        (size * utilities_[lower] - lower_size * utilities_[representation]) / (size - lower_size);
    least = std::max(least, control.v * (control.gp + crossing));
  }
  return least;
}

}  // namespace rung::abr
