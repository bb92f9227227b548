#include "abr/policies/fixed_policy.h"

#include <algorithm>

namespace rung::abr {

Decision FixedPolicy::choose(const DecisionContext& context) {
  const std::size_t rungs = context.track.ladder(context.segment).size();
  return {.representation = std::min(representation_, rungs - 1), .reason = Reason::fixed};
}

std::optional<RepresentationIndex> FixedPolicy::reconsider(const TransferContext&) {
  return std::nullopt;
}

}  // namespace rung::abr
