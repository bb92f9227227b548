#include "abr/policies/bola_policy.h"

#include <algorithm>
#include <cmath>

#include "abr/ladder.h"
#include "core/check.h"

namespace rung::abr {

namespace {

constexpr double safety = 0.85;
/// What a rise may ask of the forecast. One that needs all of it does not last.
constexpr double rise_safety = 0.95;
/// Of what arrives until the buffer is empty.
constexpr double low_buffer_safety = 0.5;
/// The level at which the buffer is full for the lowest representation, in seconds and as a share
/// of the target.
constexpr double lowest_level = 10;
constexpr double lowest_share = 0.45;

double ratio(BitRate a, BitRate b) {
  return static_cast<double>(a.bits_per_second()) / static_cast<double>(b.bits_per_second());
}

}  // namespace

Decision BolaPolicy::choose(const DecisionContext& context) {
  const auto ladder = context.track.ladder(context.segment);
  if (ladder.back() == ladder.front()) return {.representation = 0, .reason = Reason::buffer};
  set_control(context);
  const double level = to_seconds(context.buffer_level);
  const std::optional<BitRate> carried =
      context.forecast ? std::optional(scaled(context.forecast->throughput, safety)) : std::nullopt;

  if (!context.previous) {
    steady_ = false;
    placeholder_ = 0;
  } else if (chosen_ && *context.previous < *chosen_) {
    // The last transfer was given up: the buffer was not worth what it seemed.
    const RepresentationIndex got = std::min(*context.previous, ladder.size() - 1);
    placeholder_ = std::clamp(least_level(got) - level, 0.0, placeholder_);
  }
  placeholder_ += to_seconds(context.lent);
  if (context.buffer.stall_count() != stalls_) {
    stalls_ = context.buffer.stall_count();
    placeholder_ = 0;
  }

  RepresentationIndex choice = 0;
  Reason reason = Reason::startup_unknown;
  Timestamp not_before = Timestamp::min();
  if (!steady_ && carried) {
    const RepresentationIndex by_rate = highest_within(ladder, *carried);
    placeholder_ = std::max(least_level(by_rate) - level, 0.0);
    choice = by_rate;
    reason = Reason::throughput;
    if (context.buffer_level >= context.track.duration(context.segment)) steady_ = true;
  } else if (steady_) {
    const RepresentationIndex by_buffer = best_at(level + placeholder_);
    choice = by_buffer;
    reason = Reason::buffer;
    if (context.forecast && context.previous) {
      // Little safety here: this is not about what to risk, only about oscillating.
      const RepresentationIndex kept = std::min(*context.previous, ladder.size() - 1);
      const RepresentationIndex most =
          std::max(kept, highest_within(ladder, scaled(context.forecast->throughput, rise_safety)));
      if (by_buffer > most) {
        choice = most;
        reason = Reason::hysteresis;
      }
    }
    // At a level where the representation scores below zero its buffer is full. The placeholder
    // goes first, then the session waits; the highest one is bounded by the capacity alone.
    const double full = control_.v * (utilities_[choice] + control_.gp);
    const double excess = std::max(level + placeholder_ - full, 0.0);
    const double wait = std::max(excess - placeholder_, 0.0);
    placeholder_ = std::max(placeholder_ - excess, 0.0);
    if (wait > 0 && ladder[choice] < ladder.back()) not_before = context.now + from_seconds(wait);
  }

  if (context.previous && context.forecast) {
    const double covered = level / to_seconds(context.track.duration(context.segment));
    const BitRate bearable = scaled(context.forecast->throughput, low_buffer_safety * covered);
    const RepresentationIndex safe = highest_within(ladder, bearable);
    if (safe < choice) {
      choice = safe;
      reason = Reason::insufficient_buffer;
      not_before = Timestamp::min();
    }
  }
  chosen_ = choice;
  return {.representation = choice, .not_before = not_before, .reason = reason};
}

void BolaPolicy::on_seek() {
  steady_ = false;
  placeholder_ = 0;
  chosen_.reset();
}

void BolaPolicy::set_control(const DecisionContext& context) {
  const auto ladder = context.track.ladder(context.segment);
  RUNG_CHECK(ladder.size() <= ladder_.size());
  const Duration target = context.buffer_capacity - context.track.longest_duration();
  if (target == target_ && std::equal(ladder.begin(), ladder.end(), ladder_.begin(),
                                      ladder_.begin() + static_cast<std::ptrdiff_t>(rungs_)))
    return;
  target_ = target;
  chosen_.reset();  // A place in another ladder says nothing here.
  rungs_ = ladder.size();
  std::ranges::copy(ladder, ladder_.begin());
  for (std::size_t i = 0; i < rungs_; ++i) {
    sizes_[i] = ratio(ladder[i], ladder.front());
    utilities_[i] = std::log(sizes_[i]);
  }
  const double highest = std::max(to_seconds(target), 1e-3);
  const double least = std::min(lowest_level, lowest_share * highest);
  const double gp = utilities_[rungs_ - 1] / (highest / least - 1);
  control_ = {.v = least / gp, .gp = gp};
}

RepresentationIndex BolaPolicy::best_at(double level) const {
  RepresentationIndex best = 0;
  double most = 0;
  for (RepresentationIndex i = 0; i < rungs_; ++i) {
    const double score = (control_.v * (utilities_[i] + control_.gp) - level) / sizes_[i];
    if (i > 0 && score <= most) continue;
    most = score;
    best = i;
  }
  return best;
}

double BolaPolicy::least_level(RepresentationIndex representation) const {
  double least = 0;
  const double size = sizes_[representation];
  for (RepresentationIndex lower = 0; lower < representation; ++lower) {
    if (sizes_[lower] >= size) continue;
    const double crossing =
        (size * utilities_[lower] - sizes_[lower] * utilities_[representation]) /
        (size - sizes_[lower]);
    least = std::max(least, control_.v * (control_.gp + crossing));
  }
  return least;
}

}  // namespace rung::abr
