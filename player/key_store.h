#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/expected.h"
#include "media/decode/cbc_decryptor.h"
#include "player/event_loop.h"
#include "player/http_client.h"

namespace rung::player {

/// The keys of encrypted segments (HLS METHOD=AES-128): each is fetched once, the ones that were
/// fetched last are kept. A resource, used on the loop's thread.
class KeyStore {
 public:
  using Done = std::function<void(tl::expected<decode::CipherBlock, HttpFailure>)>;

  /// `client` must outlive it.
  explicit KeyStore(HttpClient& client) : client_(client) {}
  KeyStore(const KeyStore&) = delete;
  KeyStore& operator=(const KeyStore&) = delete;
  /// Cancels what runs.
  ~KeyStore();

  /// Calls `done` once, at once where the key is there. A key that is not 16 bytes is refused.
  void fetch(const std::string& url, Done done);

  static constexpr std::size_t most_keys = 64;

 private:
  struct Running {
    HttpClient::ExchangeId exchange;
    std::vector<std::byte> bytes;
    std::vector<Done> waiting;  ///< One a transfer.
  };
  void ended(const std::string& url, const HttpClient::Outcome& outcome);

  HttpClient& client_;
  std::map<std::string, decode::CipherBlock> keys_;
  std::deque<std::string> order_;  ///< Of `keys_`, the oldest first.
  std::map<std::string, Running> running_;
};

}  // namespace rung::player
