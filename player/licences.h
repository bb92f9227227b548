#pragma once

#include <chrono>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "media/decode/content_keys.h"
#include "media/presentation.h"
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

/// Asks all of them at once, and waits for all, but not longer than `patience`. Fails (network)
/// when `stop` is requested.
[[nodiscard]] Expected<Licences> fetch_licences(EventLoop& loop, HttpClient& client,
                                                const std::vector<LicenceRequest>& requests,
                                                const std::stop_token& stop,
                                                Duration patience = licence_patience);

}  // namespace rung::player
