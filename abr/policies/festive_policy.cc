#include "abr/policies/festive_policy.h"

#include <algorithm>
#include <cmath>

#include "abr/ladder.h"

namespace rung::abr {

namespace {

constexpr double safety = 0.85;           ///< p
constexpr double efficiency_weight = 12;  ///< alpha
constexpr Duration memory = std::chrono::seconds(20);

double inefficiency(BitRate bandwidth, BitRate fair) {
  return std::abs(static_cast<double>(bandwidth.bits_per_second()) /
                      static_cast<double>(fair.bits_per_second()) -
                  1);
}

}  // namespace

Decision FestivePolicy::choose(const DecisionContext& context) {
  remember(context);
  if (!context.forecast || !context.previous)
    return {.representation = 0, .reason = Reason::startup_unknown};

  Decision decision{.representation = select(context), .reason = Reason::throughput};
  if (decision.representation == last_) decision.reason = Reason::hysteresis;
  const Duration longest = context.track.longest_duration();
  const Duration lowest = std::max(context.buffer_capacity - 3 * longest, Duration::zero());
  const Duration level =
      lowest + Duration(static_cast<Duration::rep>(2 * random_.uniform() *
                                                   static_cast<double>(longest.count())));
  if (context.buffer_level > level)
    decision.not_before = context.now + (context.buffer_level - level);
  return decision;
}

void FestivePolicy::remember(const DecisionContext& context) {
  if (!context.previous) {
    last_.reset();
    kept_ = 0;
    return;
  }
  const std::size_t rungs = context.track.ladder(context.segment).size();
  const RepresentationIndex previous = std::min(*context.previous, rungs - 1);
  if (last_ && *last_ != previous) {
    switches_.add(context.now);
    kept_ = 0;
  }
  last_ = previous;
  ++kept_;
}

RepresentationIndex FestivePolicy::select(const DecisionContext& context) const {
  const auto ladder = context.track.ladder(context.segment);
  const RepresentationIndex current = *last_;
  const BitRate carried = scaled(context.forecast->throughput, safety);
  RepresentationIndex reference = current;
  if (ladder[current] > carried)
    reference = next_below(ladder, current);
  else if (kept_ > current && ladder[next_above(ladder, current)] <= carried)
    reference = next_above(ladder, current);
  if (ladder[reference] == ladder[current]) return current;

  const double stay = std::exp2(recent_switches(context.now));
  const BitRate fair = std::min(context.forecast->throughput, ladder[reference]);
  const double staying = stay + efficiency_weight * inefficiency(ladder[current], fair);
  const double stepping = 2 * stay + efficiency_weight * inefficiency(ladder[reference], fair);
  return stepping < staying ? reference : current;
}

int FestivePolicy::recent_switches(Timestamp now) const {
  int count = 0;
  for (std::size_t i = 0; i < switches_.size(); ++i)
    if (now - switches_[i] <= memory) ++count;
  return count;
}

}  // namespace rung::abr
