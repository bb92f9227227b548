#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/expected.h"
#include "core/time.h"

namespace rung::media {

/// What a steering server answers (draft-pantos-hls-rfc8216bis section 7.1; ETSI TS 103 998 section
/// 6): from which pathways to fetch, until when.
struct SteeringManifest {
  Duration ttl{};                     ///< To be asked for again after it: from 1 s to 1 h.
  std::string reload_uri;             ///< Where from then, as written; empty: as before.
  std::vector<std::string> priority;  ///< Pathways, the best one first.
  friend bool operator==(const SteeringManifest&, const SteeringManifest&) = default;
};

/// Where one tells no time, and where none has come.
inline constexpr Duration usual_steering_ttl = std::chrono::seconds(300);

/// Fails with malformed, or with unsupported where it is of another version.
[[nodiscard]] Expected<SteeringManifest> parse_steering_manifest(std::string_view text);

}  // namespace rung::media
