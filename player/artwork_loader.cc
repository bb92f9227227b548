#include "player/artwork_loader.h"

extern "C" {
#include <libavutil/log.h>
}

#include <optional>
#include <span>
#include <stop_token>
#include <utility>

#include "core/catalogue_limits.h"

namespace rung::player {
namespace {

constexpr std::size_t at_a_time = 4;

}  // namespace

ArtworkLoader::ArtworkLoader(HttpClient::Options http, Box box, std::function<void()> arrived)
    : http_(std::move(http)),
      box_(box),
      arrived_(std::move(arrived)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {
  // A picture that is odd is passed over; its words are for nobody at the terminal.
  av_log_set_level(AV_LOG_QUIET);
}

ArtworkLoader::~ArtworkLoader() {
  thread_.request_stop();
  loop_.post([] {});
  thread_.join();
}

std::shared_ptr<const decode::StillPicture> ArtworkLoader::picture(const std::string& url) {
  if (url.empty()) return nullptr;
  const std::lock_guard lock(mutex_);
  if (const auto known = entries_.find(url); known != entries_.end()) {
    uses_.splice(uses_.begin(), uses_, known->second.use);
    return known->second.picture;
  }
  uses_.push_front(url);
  entries_[url].use = uses_.begin();
  waiting_.push_front(url);
  if (waiting_.size() > most_waiting) {
    const auto dropped = entries_.find(waiting_.back());
    uses_.erase(dropped->second.use);
    entries_.erase(dropped);
    waiting_.pop_back();
  }
  loop_.post([this] {
    if (fetcher_ != nullptr) fetch_more(*fetcher_);
  });
  return nullptr;
}

void ArtworkLoader::run(const std::stop_token& stop) {
  HttpClient client(loop_, http_);
  DocumentFetcher fetcher(loop_, client, {.attempts = 2});
  fetcher_ = &fetcher;
  fetch_more(fetcher);
  loop_.run_until(Timestamp::max(), [&] { return stop.stop_requested(); });
  fetcher_ = nullptr;
}

void ArtworkLoader::fetch_more(DocumentFetcher& fetcher) {
  while (fetcher.running() < at_a_time) {
    std::string url;
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.empty()) return;
      url = std::move(waiting_.front());
      waiting_.pop_front();
      entries_[url].state = Entry::State::fetching;
    }
    fetcher.fetch({url, std::nullopt}, limits::artwork_size,
                  [this, url](const Expected<Document>& document) { came(url, document); });
  }
}

void ArtworkLoader::came(const std::string& url, const Expected<Document>& document) {
  std::shared_ptr<const decode::StillPicture> picture;
  if (document) {
    const auto bytes = std::as_bytes(std::span(document->text));
    if (auto decoded = decode::decode_still_picture(bytes, box_.width, box_.height))
      picture = std::make_shared<const decode::StillPicture>(*std::move(decoded));
  }
  {
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_[url];
    entry.state = picture ? Entry::State::there : Entry::State::missing;
    entry.picture = std::move(picture);
    // The oldest ones go; one that is on its way stays.
    for (auto oldest = uses_.end(); uses_.size() > most_kept && oldest != uses_.begin();) {
      --oldest;
      const auto found = entries_.find(*oldest);
      if (found->second.state != Entry::State::there &&
          found->second.state != Entry::State::missing)
        continue;
      entries_.erase(found);
      oldest = uses_.erase(oldest);
    }
  }
  if (arrived_) arrived_();
  if (fetcher_ != nullptr) fetch_more(*fetcher_);
}

}  // namespace rung::player
