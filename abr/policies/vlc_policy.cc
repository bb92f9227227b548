#include "abr/policies/vlc_policy.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "abr/ladder.h"

namespace rung::abr {

namespace {

constexpr double rate_share = 0.75;
constexpr int blind_segments = 3;
constexpr double high_level = 0.8;
constexpr double middle_level = 0.5;
constexpr double least_buffer = 6;           ///< Q_min, seconds.
constexpr double least_buffer_share = 0.45;  ///< Of the target, where that is less.

/// The level that VLC fills up to: the highest one at which a session asks.
Duration target_level(const DecisionContext& context) {
  return std::max(context.buffer_capacity - context.track.longest_duration(),
                  context.track.longest_duration());
}

}  // namespace

Decision VlcPolicy::choose(const DecisionContext& context) {
  if (logic_ == VlcLogic::predictive) return predict(context);
  if (logic_ == VlcLogic::near_optimal) return near_optimal(context);
  if (!context.forecast) return {.representation = 0, .reason = Reason::startup_unknown};
  const BitRate usable = scaled(context.forecast->throughput, rate_share);
  return {.representation = highest_within(context.track.ladder(context.segment), usable),
          .reason = Reason::throughput};
}

Decision VlcPolicy::predict(const DecisionContext& context) {
  const std::span<const BitRate> ladder = context.track.ladder(context.segment);
  if (chosen_ < blind_segments || !context.forecast) {
    chosen_ = std::min(chosen_ + 1, blind_segments);
    return {.representation = highest_within(ladder, ladder.back()),
            .reason = Reason::startup_unknown};
  }
  const BitRate forecast = context.forecast->throughput;
  if (!context.previous || *context.previous >= ladder.size())
    return {.representation = highest_within(ladder, forecast), .reason = Reason::throughput};
  const double filled = to_seconds(context.buffer_level) / to_seconds(target_level(context));
  if (filled > high_level)
    return {.representation = highest_within(ladder, std::max(forecast, ladder[*context.previous])),
            .reason = Reason::throughput};
  if (filled > middle_level)
    return {.representation = *context.previous, .reason = Reason::hysteresis};
  return {.representation = highest_within(ladder, scaled(forecast, filled)),
          .reason = Reason::insufficient_buffer};
}

Decision VlcPolicy::near_optimal(const DecisionContext& context) {
  if (!context.forecast) return {.representation = 0, .reason = Reason::startup_unknown};
  const std::span<const BitRate> ladder = context.track.ladder(context.segment);
  const BitRate forecast = context.forecast->throughput;
  if (!context.previous || *context.previous >= ladder.size())
    return {.representation = highest_within(ladder, forecast), .reason = Reason::throughput};
  const auto bits = [](BitRate rate) { return static_cast<double>(rate.bits_per_second()); };
  const double most = to_seconds(target_level(context));
  const double least = std::min(least_buffer, least_buffer_share * most);
  const double lowest = std::log(bits(ladder.front()));
  const double gp = 1 + (std::log(bits(ladder.back())) - lowest) / (most / least - 1);
  const double v = std::max(least - 1, 0.0) / (lowest + gp);
  RepresentationIndex best = 0;
  double greatest = 0;
  for (RepresentationIndex i = 0; i < ladder.size(); ++i) {
    const double utility = std::log(bits(ladder[i])) - lowest + gp;
    const double score = (v * utility - to_seconds(context.buffer_level)) / bits(ladder[i]);
    if (i > 0 && score < greatest) continue;
    greatest = score;
    best = i;
  }
  const BitRate before = ladder[*context.previous];
  if (ladder[best] >= before) return {.representation = best, .reason = Reason::buffer};
  const RepresentationIndex carried = highest_within(ladder, std::max(forecast, before));
  if (ladder[carried] > before)
    return {.representation = *context.previous, .reason = Reason::hysteresis};
  return {.representation = std::max(best, next_below(ladder, carried)), .reason = Reason::buffer};
}

}  // namespace rung::abr
