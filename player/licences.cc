#include "player/licences.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/limits.h"
#include "media/clear_key.h"
#include "media/url_policy.h"
#include "player/document_fetcher.h"

namespace rung::player {
namespace {

constexpr std::size_t most_servers = 4;
constexpr std::size_t most_keys = 64;
constexpr ByteCount licence_size{64 * 1024};

/// The keys that the answer has; what it is not asked for is no use.
Expected<decode::ContentKeys> keys_in(const Expected<Document>& answer,
                                      const LicenceRequest& request) {
  if (!answer) return tl::unexpected<Error>(answer.error());
  auto keys = media::parse_clear_key_licence(answer->text);
  if (!keys) {
    Error error = keys.error();
    error.where = media::redacted_url(request.url);
    return tl::unexpected<Error>(std::move(error));
  }
  std::erase_if(*keys, [&](const auto& key) { return !request.key_ids.contains(key.first); });
  if (keys->size() < request.key_ids.size())
    return failure(ErrorCode::unsupported, "the server gives no licence for the key",
                   media::redacted_url(request.url));
  return keys;
}

}  // namespace

std::vector<LicenceRequest> licence_requests(const media::Presentation& presentation,
                                             const decode::ContentKeys& known) {
  std::vector<LicenceRequest> requests;
  for (const media::Period& period : presentation.periods)
    for (const media::AdaptationSet& set : period.adaptation_sets) {
      const bool is_played =
          set.type == media::ContentType::video || set.type == media::ContentType::audio;
      if (!is_played || set.licence_url.empty()) continue;
      for (const std::string& id : set.key_ids) {
        if (known.contains(id)) continue;
        auto request = std::ranges::find(requests, set.licence_url, &LicenceRequest::url);
        if (request == requests.end()) {
          if (requests.size() == most_servers) continue;
          requests.push_back({.url = set.licence_url, .key_ids = {}});
          request = requests.end() - 1;
        }
        if (request->key_ids.size() < most_keys) request->key_ids.insert(id);
      }
    }
  return requests;
}

Expected<Licences> fetch_licences(EventLoop& loop, HttpClient& client,
                                  const std::vector<LicenceRequest>& requests,
                                  const std::stop_token& stop) {
  const WakeOnStop wake(loop, stop);
  Licences licences;
  for (const LicenceRequest& request : requests) {
    DocumentFetcher fetcher(loop, client, {});
    std::optional<Expected<Document>> answer;
    fetcher.post(request.url, media::clear_key_request(request.key_ids), licence_size,
                 [&](Expected<Document> document) { answer = std::move(document); });
    loop.run_until(Timestamp::max(), [&] { return answer.has_value() || stop.stop_requested(); });
    if (!answer) return failure(ErrorCode::network, "stopped while loading");
    auto keys = keys_in(*answer, request);
    if (keys)
      licences.keys.merge(*keys);
    else if (licences.trouble.empty())
      licences.trouble = to_string(keys.error());
  }
  return licences;
}

}  // namespace rung::player
