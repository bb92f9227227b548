#pragma once

#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "core/expected.h"
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
  std::string trouble;  ///< Of the first server that gave none; empty where all did.
};

/// Asks all of them, one after the other, and waits. Fails (network) when `stop` is requested.
[[nodiscard]] Expected<Licences> fetch_licences(EventLoop& loop, HttpClient& client,
                                                const std::vector<LicenceRequest>& requests,
                                                const std::stop_token& stop);

}  // namespace rung::player
