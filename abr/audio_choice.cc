#include "abr/audio_choice.h"

namespace rung::abr {

namespace {

constexpr double share = 0.15;
constexpr double step_up_share = share / 1.25;

}  // namespace

Decision choose_audio(const DecisionContext& context) {
  Decision decision{.representation = 0, .reason = Reason::audio_share};
  if (!context.forecast) return decision;
  const auto ladder = context.track.ladder(context.segment);
  for (RepresentationIndex i = ladder.size(); i-- > 1;) {
    const bool step_up = context.previous && i > *context.previous;
    if (ladder[i] > scaled(context.forecast->throughput, step_up ? step_up_share : share)) continue;
    decision.representation = i;
    break;
  }
  return decision;
}

}  // namespace rung::abr
