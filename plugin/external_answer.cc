#include "plugin/external_answer.h"

#include <algorithm>
#include <cstddef>

namespace rung::plugin {

Expected<abr::Decision> checked_decision(const abr::DecisionContext& context,
                                         std::int64_t representation, Duration wait,
                                         const std::string& policy) {
  const std::size_t rungs = context.track.ladder(context.segment).size();
  if (representation < 0 || static_cast<std::uint64_t>(representation) >= rungs)
    return failure(ErrorCode::malformed,
                   "chose representation " + std::to_string(representation) + " for segment " +
                       std::to_string(context.segment) + "; there are 0 to " +
                       std::to_string(rungs - 1),
                   policy);
  if (wait < Duration::zero())
    return failure(ErrorCode::malformed,
                   "asked for a negative wait before segment " + std::to_string(context.segment),
                   policy);
  // Beyond what is buffered a wait means nothing; the bound keeps the sum within range.
  const Duration bounded = std::min(wait, context.buffer_level);
  return abr::Decision{
      .representation = static_cast<RepresentationIndex>(representation),
      .not_before = wait > Duration::zero() ? context.now + bounded : Timestamp::min(),
      .reason = abr::Reason::external};
}

Expected<RepresentationIndex> checked_lower(const abr::TransferContext& context,
                                            std::int64_t representation,
                                            const std::string& policy) {
  if (representation >= 0 && static_cast<std::uint64_t>(representation) < context.representation)
    return static_cast<RepresentationIndex>(representation);
  return failure(ErrorCode::malformed,
                 "gave up representation " + std::to_string(context.representation) +
                     " of segment " + std::to_string(context.decision.segment) + " for " +
                     std::to_string(representation) + ", which is not below it",
                 policy);
}

}  // namespace rung::plugin
