#pragma once

#include <optional>
#include <string>

#include "core/expected.h"
#include "core/id.h"
#include "network_sim/scenario.h"

namespace rung::cli {

/// A title to simulate, from a JSON ladder (media/ladder.h) or from a DASH or HLS manifest on disk.
///
/// A ladder's sizes are known to the session and to the link. Of a manifest the session knows what
/// the manifest says, as in playback, while the sizes that travel are those of the files beside it
/// (for byte ranges, of the ranges); a segment whose file is missing is an error.
///
/// With `most_segments`, titles in numbers end there; manifests are always simulated whole.
[[nodiscard]] Expected<network_sim::SimulatedTitle> load_simulated_title(
    const std::string& path, std::optional<SegmentNumber> most_segments = std::nullopt);

}  // namespace rung::cli
