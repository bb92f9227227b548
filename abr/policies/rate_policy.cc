#include "abr/policies/rate_policy.h"

#include "abr/ladder.h"

namespace rung::abr {

namespace {

constexpr double safety = 0.9;

}  // namespace

Decision RatePolicy::choose(const DecisionContext& context) {
  if (!context.forecast) return {.representation = 0, .reason = Reason::startup_unknown};
  const BitRate carried = scaled(context.forecast->throughput, safety);
  return {.representation = highest_within(context.track.ladder(context.segment), carried),
          .reason = Reason::throughput};
}

}  // namespace rung::abr
