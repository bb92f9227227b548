#include "abr/policies/vlc_policy.h"

#include <algorithm>
#include <span>

#include "abr/ladder.h"

namespace rung::abr {

namespace {

constexpr double rate_share = 0.75;
constexpr int blind_segments = 3;
constexpr double high_level = 0.8;
constexpr double middle_level = 0.5;

}  // namespace

Decision VlcPolicy::choose(const DecisionContext& context) {
  if (logic_ == VlcLogic::predictive) return predict(context);
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
  const Duration target = std::max(context.buffer_capacity - context.track.longest_duration(),
                                   context.track.longest_duration());
  const double filled = to_seconds(context.buffer_level) / to_seconds(target);
  if (filled > high_level)
    return {.representation = highest_within(ladder, std::max(forecast, ladder[*context.previous])),
            .reason = Reason::throughput};
  if (filled > middle_level)
    return {.representation = *context.previous, .reason = Reason::hysteresis};
  return {.representation = highest_within(ladder, scaled(forecast, filled)),
          .reason = Reason::insufficient_buffer};
}

}  // namespace rung::abr
