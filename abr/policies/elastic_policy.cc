#include "abr/policies/elastic_policy.h"

#include <algorithm>

#include "abr/ladder.h"

namespace rung::abr {

namespace {

constexpr double proportional = 0.01;  ///< k_1, per second.
constexpr double integrating = 0.001;  ///< k_2, per second squared.
constexpr double most_integral = 0.5 / integrating;
constexpr double least_divisor = 0.1;
constexpr Duration paper_target = std::chrono::seconds(15);

}  // namespace

Decision ElasticPolicy::choose(const DecisionContext& context) {
  const Duration room = context.buffer_capacity - context.track.longest_duration();
  const Duration target = std::clamp(room / 2, Duration::zero(), paper_target);
  const double level = to_seconds(context.buffer_level);
  if (asked_)
    integral_ =
        std::clamp(integral_ + to_seconds(context.now - *asked_) * (level - to_seconds(target)),
                   -most_integral, most_integral);
  asked_ = context.now;
  if (!context.forecast) return {.representation = 0, .reason = Reason::startup_unknown};
  const double divisor =
      std::max(1 - proportional * level - integrating * integral_, least_divisor);
  return {.representation = highest_within(context.track.ladder(context.segment),
                                           scaled(context.forecast->throughput, 1 / divisor)),
          .reason = Reason::buffer};
}

void ElasticPolicy::on_seek() {
  asked_.reset();
  integral_ = 0;
}

}  // namespace rung::abr
