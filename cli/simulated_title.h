#pragma once

#include <optional>
#include <string>

#include "core/expected.h"
#include "core/id.h"
#include "core/time.h"
#include "network_sim/scenario.h"

namespace rung::cli {

/// How much of a title there is.
struct TitleCut {
  std::optional<SegmentNumber> most_segments;  ///< Of a longer title its first ones.
  /// As many segments as this takes, rounded up: of a longer title its first ones, a shorter one
  /// again and again. Goes before most_segments; a manifest has no such option.
  std::optional<Duration> length;
};

/// A title to simulate, from a JSON ladder (media/ladder.h) or from a DASH or HLS manifest on disk.
///
/// A ladder's sizes are known to the session and to the link. Of a manifest the session knows what
/// the manifest says, as in playback, while the sizes that travel are those of the files beside it
/// (for byte ranges, of the ranges); a segment whose file is missing is an error.
///
/// Titles in numbers last as long as `cut` says; manifests are always simulated whole.
[[nodiscard]] Expected<network_sim::SimulatedTitle> load_simulated_title(const std::string& path,
                                                                         const TitleCut& cut = {});

}  // namespace rung::cli
