#include "cli/catalogue_source.h"

#include <utility>

#include "cli/files.h"
#include "core/catalogue_limits.h"
#include "core/limits.h"
#include "media/url.h"
#include "media/url_policy.h"
#include "player/document_fetcher.h"
#include "recommend/archive.h"

namespace rung::cli {

Expected<recommend::Catalogue> load_catalogue(const std::string& feed,
                                              const player::HttpClient::Options& options) {
  if (media::parse_url(feed).is_http()) {
    auto document = player::fetch_text(feed, limits::fetched_feed_size, options);
    if (!document) {
      document.error().where = media::redacted_url(feed);
      return tl::unexpected(document.error());
    }
    return recommend::Catalogue::parse(document->text, document->url);
  }
  const auto text = read_file(feed, limits::text_file_size);
  if (!text) return tl::unexpected(text.error());
  return recommend::Catalogue::parse(*text, feed);
}

Expected<std::optional<recommend::Recommender>> load_model(const std::string& path) {
  if (path.empty()) return std::nullopt;
  const auto bytes = read_file(path, limits::recommender_size);
  if (!bytes) return tl::unexpected(bytes.error());
  auto model = recommend::read_recommender(*bytes, path);
  if (!model) return tl::unexpected(model.error());
  return *std::move(model);
}

}  // namespace rung::cli
