#include "media/steering_manifest.h"

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "core/limits.h"
#include "media/url.h"

namespace rung::media {
namespace {

constexpr double shortest_ttl = 1;
constexpr double longest_ttl = 3600;
constexpr std::size_t most_pathways = 64;
constexpr std::size_t most_clones = 16;
constexpr std::size_t most_parameters = 16;
constexpr std::size_t longest_host = 255;

using Json = nlohmann::json;

/// Of its members that are texts, sorted by name; no more than `most`.
std::map<std::string, std::string> texts(const Json& object, const char* name, std::size_t most) {
  std::map<std::string, std::string> result;
  const auto found = object.find(name);
  if (found == object.end() || !found->is_object()) return result;
  for (const auto& [key, value] : found->items())
    if (value.is_string() && !key.empty() && result.size() < most)
      result.emplace(key, value.get<std::string>());
  return result;
}

std::string text(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// Nullopt where it is none.
std::optional<PathwayClone> read_clone(const Json& json) {
  if (!json.is_object()) return std::nullopt;
  PathwayClone clone{.base = text(json, "BASE-ID"),
                     .id = text(json, "ID"),
                     .host = {},
                     .parameters = {},
                     .variants = {},
                     .renditions = {}};
  const auto replacement = json.find("URI-REPLACEMENT");
  if (clone.base.empty() || clone.id.empty() || replacement == json.end() ||
      !replacement->is_object())
    return std::nullopt;
  clone.host = text(*replacement, "HOST");
  if (clone.host.size() > longest_host ||
      clone.host.find_first_of("/?#@\\ \t\r\n") != std::string::npos)
    return std::nullopt;
  for (const auto& [name, value] : texts(*replacement, "PARAMS", most_parameters))
    clone.parameters.push_back(query_escaped(name) + '=' + query_escaped(value));
  clone.variants = texts(*replacement, "PER-VARIANT-URIS", limits::representations);
  clone.renditions = texts(*replacement, "PER-RENDITION-URIS", limits::representations);
  return clone;
}

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
  if (const auto clones = json.find("PATHWAY-CLONES"); clones != json.end() && clones->is_array())
    for (const auto& one : *clones)
      if (auto clone = read_clone(one); clone && manifest.clones.size() < most_clones)
        manifest.clones.push_back(*std::move(clone));
  return manifest;
}

}  // namespace rung::media
