#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "media/decode/content_keys.h"
#include "media/presentation.h"
#include "player/document_fetcher.h"
#include "player/event_loop.h"
#include "player/http_client.h"

namespace rung::player {

/// What one server is asked for.
struct LicenceRequest {
  std::string url;
  std::set<std::string> key_ids;
  friend bool operator==(const LicenceRequest&, const LicenceRequest&) = default;
};

/// Of pictures and sound, what servers of clear keys have to be asked for besides `known`; of the
/// first four servers at most 64 keys each.
[[nodiscard]] std::vector<LicenceRequest> licence_requests(const media::Presentation& presentation,
                                                           const decode::ContentKeys& known);

/// Keys, and why some could not be had.
struct Licences {
  decode::ContentKeys keys;
  std::string trouble;  ///< Of the first server that did not give all; empty where each did.
};

/// How long a viewer waits for all servers together.
inline constexpr Duration licence_patience = std::chrono::seconds(10);

/// Asks all of `requests` at once. A resource, used on the loop's thread.
class LicenceRound {
 public:
  /// `loop` and `client` must outlive it.
  LicenceRound(EventLoop& loop, HttpClient& client, std::vector<LicenceRequest> requests,
               Duration patience = licence_patience);
  LicenceRound(const LicenceRound&) = delete;
  LicenceRound& operator=(const LicenceRound&) = delete;
  ~LicenceRound() = default;

  /// All have answered, or have had their time.
  [[nodiscard]] bool over() const;
  /// When that is so at the latest.
  [[nodiscard]] Timestamp deadline() const { return deadline_; }
  /// What has come by now.
  [[nodiscard]] Licences licences() const;

 private:
  const EventLoop& loop_;
  const Timestamp deadline_;
  const std::vector<LicenceRequest> requests_;
  std::vector<std::optional<Expected<Document>>> answers_;
  DocumentFetcher fetcher_;
};

/// Asks all of them at once, and waits for all, but not longer than `patience`. Fails (network)
/// when `stop` is requested.
[[nodiscard]] Expected<Licences> fetch_licences(EventLoop& loop, HttpClient& client,
                                                const std::vector<LicenceRequest>& requests,
                                                const std::stop_token& stop,
                                                Duration patience = licence_patience);

}  // namespace rung::player
