#pragma once

#include <optional>
#include <string>

#include "core/expected.h"
#include "player/http_client.h"
#include "recommend/catalogue.h"
#include "recommend/recommender.h"

namespace rung::cli {

/// Reads the catalogue of a feed: an http or https URL, or a file.
[[nodiscard]] Expected<recommend::Catalogue> load_catalogue(
    const std::string& feed, const player::HttpClient::Options& options);

/// The recommender that `rung recommend train` wrote; none where `path` is empty.
[[nodiscard]] Expected<std::optional<recommend::Recommender>> load_model(const std::string& path);

}  // namespace rung::cli
