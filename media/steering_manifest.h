#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/expected.h"
#include "core/time.h"

namespace rung::media {

/// A pathway that lies as another one does, but elsewhere (section 7.2; of DASH a place that
/// BaseURL@serviceLocation names).
struct PathwayClone {
  std::string base;  ///< Which one it is a clone of.
  std::string id;
  std::string host;                               ///< In place of the base's; empty: as there.
  std::vector<std::string> parameters;            ///< "name=value", for the query; by their names.
  std::map<std::string, std::string> variants;    ///< URIs by stable id, in place of the base's.
  std::map<std::string, std::string> renditions;  ///< The same.
  friend bool operator==(const PathwayClone&, const PathwayClone&) = default;
};

/// What a steering server answers (draft-pantos-hls-rfc8216bis section 7.1; ETSI TS 103 998 section
/// 6): from which pathways to fetch, until when.
struct SteeringManifest {
  Duration ttl{};                     ///< To be asked for again after it: from 1 s to 1 h.
  std::string reload_uri;             ///< Where from then, as written; empty: as before.
  std::vector<std::string> priority;  ///< Pathways, the best one first.
  std::vector<PathwayClone> clones = {};
  friend bool operator==(const SteeringManifest&, const SteeringManifest&) = default;
};

/// Where one tells no time, and where none has come.
inline constexpr Duration usual_steering_ttl = std::chrono::seconds(300);

/// A clone that is malformed is passed over. Fails with malformed, or with unsupported where it is
/// of another version.
[[nodiscard]] Expected<SteeringManifest> parse_steering_manifest(std::string_view text);

}  // namespace rung::media
