#include "media/steering_manifest.h"

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>

namespace rung::media {
namespace {

constexpr double shortest_ttl = 1;
constexpr double longest_ttl = 3600;
constexpr std::size_t most_pathways = 64;

}  // namespace

Expected<SteeringManifest> parse_steering_manifest(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return failure(ErrorCode::malformed, "is not a JSON object");
  const auto version = json.find("VERSION");
  if (version == json.end() || !version->is_number_integer())
    return failure(ErrorCode::malformed, "has no VERSION");
  if (version->get<double>() != 1) return failure(ErrorCode::unsupported, "is not of version 1");
  SteeringManifest manifest{.ttl = usual_steering_ttl, .reload_uri = {}, .priority = {}};
  if (const auto ttl = json.find("TTL"); ttl != json.end() && ttl->is_number())
    manifest.ttl = from_seconds(std::clamp(ttl->get<double>(), shortest_ttl, longest_ttl));
  if (const auto uri = json.find("RELOAD-URI"); uri != json.end() && uri->is_string())
    manifest.reload_uri = uri->get<std::string>();
  const auto priority = json.find("PATHWAY-PRIORITY");
  if (priority == json.end() || !priority->is_array())
    return failure(ErrorCode::malformed, "has no PATHWAY-PRIORITY");
  for (const auto& pathway : *priority)
    if (pathway.is_string() && manifest.priority.size() < most_pathways)
      manifest.priority.push_back(pathway.get<std::string>());
  return manifest;
}

}  // namespace rung::media
