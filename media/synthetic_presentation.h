#pragma once

#include <cstdint>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "core/units.h"
#include "media/ladder.h"

namespace rung::media {

/// A made-up title for simulations, the same for the same seed on every machine. The size of a
/// segment is bandwidth x duration x c x e, where c is the scene's complexity (lognormal with mean
/// 1 and the standard deviation `size_variation` of its logarithm, shared by all representations of
/// the segment, because a busy scene is busy at every quality) and e a lognormal of a tenth of that
/// deviation for each single segment.
struct SyntheticPresentation {
  std::vector<Ladder::Rung> rungs;  ///< Ascending in bandwidth; their sizes are not looked at.
  Duration segment_duration = std::chrono::seconds(4);
  std::int64_t segment_count = 60;
  double size_variation = 0.3;  ///< In [0, 2]; 0 makes every segment exactly as big as declared.
  std::uint64_t seed = 1;
};

/// The ladder 235k..4.3M of six rungs that titles have when nothing else is said.
[[nodiscard]] std::vector<Ladder::Rung> default_rungs();

/// The title with the size of every segment. Fails when an option is out of range.
[[nodiscard]] Expected<Ladder> synthesize(const SyntheticPresentation& options);

}  // namespace rung::media
