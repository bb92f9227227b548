#pragma once

#include "abr/policy.h"

namespace rung::abr {

/// BBA-0 of Huang et al., "A buffer-based approach to rate adaptation", SIGCOMM 2014, section 4 and
/// algorithm 1: the buffer level alone picks a rate on a line from the lowest bandwidth (at the end
/// of the reservoir) to the highest (at the end of the cushion); the choice changes only when the
/// line crosses a neighbour.
///
/// Where we differ: the paper has a buffer of 240 s, 90 s of reservoir and the upper end at 216 s.
/// Here they are the same shares of the capacity, but the upper end is at most a tenth of a segment
/// below where a full buffer lets the session ask (the capacity less the longest segment). Higher
/// up it would never be reached, and just there only by a clock that is never late.
class BbaPolicy final : public Policy {
 public:
  [[nodiscard]] Decision choose(const DecisionContext& context) override;
};

}  // namespace rung::abr
