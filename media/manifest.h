#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/expected.h"
#include "core/time.h"
#include "media/dash_manifest.h"
#include "media/hls_playlist.h"

namespace rung::media {

/// A manifest document as its author wrote it.
using Manifest = std::variant<DashManifest, HlsPlaylist>;

/// Reads a manifest whose content, not its name, tells what it is: XML is an MPD, text with #EXT
/// tags an HLS playlist. At most limits::manifest_size.
[[nodiscard]] Expected<Manifest> parse_manifest(std::string_view text, const std::string& url,
                                                std::optional<Duration> wall_clock);

}  // namespace rung::media
