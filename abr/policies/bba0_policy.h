#pragma once

#include "abr/policy.h"

namespace rung::abr {

/// Algorithm 1 of Huang, Johari, McKeown, Trunnell, Watson, "A buffer-based approach to rate
/// adaptation: evidence from a large video streaming service", SIGCOMM 2014, to the letter: below
/// the reservoir the lowest bandwidth, above the cushion the highest, else the line f between them
/// decides once it reaches a neighbour of the last bandwidth: then the highest bandwidth below f,
/// or the lowest above it.
///
/// Where we differ: the paper's buffer of 240 s has a reservoir of 90 s and the upper end of the
/// cushion at 216 s; here both are the same shares of the capacity. A session asks for a segment
/// only where there is room for it, so with a small capacity the upper end may be out of reach;
/// `bba` (BbaPolicy) bounds it.
class Bba0Policy final : public Policy {
 public:
  [[nodiscard]] Decision choose(const DecisionContext& context) override;
};

}  // namespace rung::abr
