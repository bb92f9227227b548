#pragma once

#include <algorithm>
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

/// The first representation of the next higher bandwidth; `from` where there is none.
[[nodiscard]] inline RepresentationIndex next_above(std::span<const BitRate> ladder,
                                                    RepresentationIndex from) {
  const auto above = std::ranges::upper_bound(ladder, ladder[from]);
  return above == ladder.end() ? from : static_cast<RepresentationIndex>(above - ladder.begin());
}

/// The first representation of the next lower bandwidth; the lowest where there is none.
[[nodiscard]] inline RepresentationIndex next_below(std::span<const BitRate> ladder,
                                                    RepresentationIndex from) {
  const auto same = std::ranges::lower_bound(ladder, ladder[from]);
  if (same == ladder.begin()) return 0;
  return static_cast<RepresentationIndex>(std::ranges::lower_bound(ladder, *(same - 1)) -
                                          ladder.begin());
}

}  // namespace rung::abr
