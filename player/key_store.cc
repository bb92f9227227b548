#include "player/key_store.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <utility>

#include "core/limits.h"
#include "media/url_policy.h"

namespace rung::player {
namespace {

constexpr Duration timeout = std::chrono::seconds(10);

}  // namespace

KeyStore::~KeyStore() {
  for (const auto& [url, running] : running_) client_.cancel(running.exchange);
}

void KeyStore::fetch(const std::string& url, Done done) {
  if (const auto found = keys_.find(url); found != keys_.end()) return done(found->second);
  const auto [place, fresh] = running_.try_emplace(url);
  Running& running = place->second;
  running.waiting.push_back(std::move(done));
  if (!fresh) return;
  running.exchange = client_.start(
      {.resource = {url, std::nullopt}, .limit = limits::init_segment_size, .timeout = timeout},
      {{},
       [&running](std::span<const std::byte> bytes) {
         running.bytes.insert(running.bytes.end(), bytes.begin(), bytes.end());
       },
       [this, url](const HttpClient::Outcome& outcome) { ended(url, outcome); }});
}

void KeyStore::ended(const std::string& url, const HttpClient::Outcome& outcome) {
  const Running running = std::move(running_.extract(url).mapped());
  tl::expected<decode::CipherBlock, HttpFailure> result;
  decode::CipherBlock key{};
  if (!outcome) {
    result = tl::unexpected<HttpFailure>(outcome.error());
  } else if (running.bytes.size() != key.size()) {
    HttpFailure failed;
    failed.kind = session::FailureKind::incomplete;
    failed.message = media::redacted_url(url) + ": a key has 16 bytes, and this has " +
                     std::to_string(running.bytes.size());
    result = tl::unexpected<HttpFailure>(std::move(failed));
  } else {
    std::ranges::copy(running.bytes, key.begin());
    result = key;
    keys_[url] = key;
    order_.push_back(url);
    if (order_.size() > most_keys) {
      keys_.erase(order_.front());
      order_.pop_front();
    }
  }
  for (const Done& done : running.waiting) done(result);
}

}  // namespace rung::player
