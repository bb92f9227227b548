#include "abr/policies/pensieve_policy.h"

#include <algorithm>
#include <span>
#include <string>

namespace rung::abr {

Decision PensievePolicy::choose(const DecisionContext& context) {
  const std::span<const BitRate> ladder = context.track.ladder(context.segment);
  if (ladder.size() != PensieveNetwork::representations) {
    if (!failure_)
      failure_ = Error{.code = ErrorCode::unsupported,
                       .message = "Pensieve's network knows ladders of 6 representations, not " +
                                  std::to_string(ladder.size()),
                       .where = "policy pensieve"};
    return {.representation = 0, .reason = Reason::startup_unknown};
  }
  if (!last_ || !context.previous) return {.representation = 1, .reason = Reason::startup_unknown};
  PensieveState::Observation observation{
      .quality = static_cast<double>(ladder[*context.previous].bits_per_second()) /
                 static_cast<double>(ladder.back().bits_per_second()),
      .buffer_level = context.buffer_level,
      .size = last_->size,
      .transfer = last_->completed - last_->requested,
      .segments_left = context.track.segment_count() - context.segment};
  for (RepresentationIndex i = 0; i < PensieveNetwork::representations; ++i)
    observation.next_sizes[i] = context.track.size(context.segment, i);
  if (seen_)
    state_.revise(observation);
  else
    state_.advance(observation);
  seen_ = true;
  const auto probabilities = network_->probabilities(state_);
  const auto likeliest = std::ranges::max_element(probabilities);
  return {.representation = static_cast<RepresentationIndex>(likeliest - probabilities.begin()),
          .reason = Reason::plan};
}

void PensievePolicy::observe(const TransferSample& sample) {
  last_ = sample;
  seen_ = false;
}

void PensievePolicy::on_seek() { state_ = {}; }

}  // namespace rung::abr
