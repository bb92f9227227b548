#include "abr/startup.h"

#include <algorithm>

namespace rung::abr {

namespace {

/// What is planned with, of the forecast throughput.
constexpr double safety = 0.8;

}  // namespace

Decision choose_startup(const DecisionContext& context, Duration delay_target) {
  if (!context.forecast) return {.representation = 0, .reason = Reason::startup_unknown};
  const BitRate carried =
      std::max(scaled(context.forecast->throughput, safety), BitRate::bits_per_second(1));
  const Duration body = delay_target - context.forecast->latency;
  const auto ladder = context.track.ladder(context.segment);
  for (RepresentationIndex i = ladder.size(); i-- > 1;)
    if (ladder[i] <= carried && context.track.size(context.segment, i) / carried <= body)
      return {.representation = i, .reason = Reason::startup_delay};
  return {.representation = 0, .reason = Reason::startup_delay};
}

}  // namespace rung::abr
