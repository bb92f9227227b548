#include "player/licences.h"

#include <algorithm>
#include <cstddef>
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

/// Adds the keys that the answer has to `licences`; what it is not asked for is no use.
Expected<void> take(const Expected<Document>& answer, const LicenceRequest& request,
                    Licences& licences) {
  const std::string where = media::redacted_url(request.url);
  if (!answer) return tl::unexpected<Error>(answer.error());
  auto keys = media::parse_clear_key_licence(answer->text);
  if (!keys) return failure(keys.error().code, keys.error().message, where);
  std::erase_if(*keys, [&](const auto& key) { return !request.key_ids.contains(key.first); });
  const bool has_all = keys->size() == request.key_ids.size();
  licences.keys.merge(*keys);
  if (has_all) return {};
  return failure(ErrorCode::unsupported, "the server gives no licence for the key", where);
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

LicenceRound::LicenceRound(EventLoop& loop, HttpClient& client,
                           std::vector<LicenceRequest> requests, Duration patience)
    : loop_(loop),
      deadline_(loop.now() + patience),
      requests_(std::move(requests)),
      answers_(requests_.size()),
      fetcher_(loop, client, {.patience = patience}) {
  for (std::size_t i = 0; i < requests_.size(); ++i)
    fetcher_.post(requests_[i].url, media::clear_key_request(requests_[i].key_ids), licence_size,
                  [this, i](Expected<Document> document) { answers_[i] = std::move(document); });
}

bool LicenceRound::over() const { return fetcher_.running() == 0 || loop_.now() >= deadline_; }

Licences LicenceRound::licences() const {
  Licences licences;
  for (std::size_t i = 0; i < requests_.size(); ++i) {
    const Expected<void> taken =
        answers_[i] ? take(*answers_[i], requests_[i], licences)
                    : failure(ErrorCode::network, "the server has given no licence in time",
                              media::redacted_url(requests_[i].url));
    if (!taken && licences.trouble.empty()) licences.trouble = to_string(taken.error());
  }
  return licences;
}

Expected<Licences> fetch_licences(EventLoop& loop, HttpClient& client,
                                  const std::vector<LicenceRequest>& requests,
                                  const std::stop_token& stop, Duration patience) {
  const WakeOnStop wake(loop, stop);
  const LicenceRound round(loop, client, requests, patience);
  loop.run_until(round.deadline(), [&] { return round.over() || stop.stop_requested(); });
  if (stop.stop_requested()) return failure(ErrorCode::network, "stopped while loading");
  return round.licences();
}

}  // namespace rung::player
