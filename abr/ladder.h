#pragma once

#include <span>

#include "core/id.h"
#include "core/units.h"

namespace rung::abr {

/// The representation with the highest bandwidth that is not above `limit`, the first of equals;
/// the lowest when all are above it.
[[nodiscard]] inline RepresentationIndex highest_within(std::span<const BitRate> ladder,
                                                        BitRate limit) {
  RepresentationIndex best = 0;
  for (RepresentationIndex i = 1; i < ladder.size() && ladder[i] <= limit; ++i)
    if (ladder[i] > ladder[best]) best = i;
  return best;
}

}  // namespace rung::abr
