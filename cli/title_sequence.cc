#include "cli/title_sequence.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/expected.h"
#include "media/url.h"
#include "media/url_policy.h"

namespace rung::cli {

TitleSequence::TitleSequence(std::string url, player::HttpClient::Options http,
                             std::function<void(std::string_view)> log_line)
    : http_(std::move(http)), log_line_(std::move(log_line)), url_(std::move(url)) {}

player::ScenarioViewer::World TitleSequence::world() {
  return {.started =
              [this] {
                const std::lock_guard lock(mutex_);
                return player_ != nullptr && !next_ && player_->status().first_frame_shown;
              },
          .seeking =
              [this] {
                const std::lock_guard lock(mutex_);
                return player_ != nullptr && player_->control().seek_target().has_value();
              },
          .seek =
              [this](MediaTime to) {
                const std::lock_guard lock(mutex_);
                if (player_ != nullptr) player_->control().seek(to);
              },
          .preload = [this](const std::string& url) { preload(url); },
          .zap = [this](const std::string& url) { zap(url); },
          .choose_audio =
              [this](const std::string& language) {
                const std::lock_guard lock(mutex_);
                if (player_ != nullptr) player_->choose_audio(language);
              },
          .stop = [this] { stop(); }};
}

void TitleSequence::set_player(player::Player* player) {
  const std::lock_guard lock(mutex_);
  player_ = player;
  if (player_ != nullptr && stopped_) player_->control().stop();
}

std::optional<TitleSequence::Next> TitleSequence::take_next() {
  const std::lock_guard lock(mutex_);
  if (next_) url_ = next_->url;
  return std::exchange(next_, std::nullopt);
}

std::string TitleSequence::resolve(const std::string& url) const {
  if (!media::parse_url(url).scheme.empty()) return url;
  const std::string& path = media::parse_url(url_).path;
  return media::resolve_url(url_, "../" + url + "/" + path.substr(path.rfind('/') + 1));
}

void TitleSequence::preload(const std::string& url) {
  std::string full;
  {
    const std::lock_guard lock(mutex_);
    full = resolve(url);
    loaded_.reset();
  }
  log("preload", full, std::nullopt, {});
  loader_ = std::jthread([this, full](const std::stop_token& stop) {
    auto title = player::fetch_title(full, http_, stop);
    if (title) {
      const std::lock_guard lock(mutex_);
      loaded_ = Next{full, *std::move(title)};
    }
    log(title ? "preload_done" : "preload_dropped", full, std::nullopt,
        title ? std::string() : to_string(title.error()));
  });
}

void TitleSequence::zap(const std::string& url) {
  const std::lock_guard lock(mutex_);
  Next next{resolve(url), std::nullopt};
  if (loaded_ && loaded_->url == next.url) next = *std::exchange(loaded_, std::nullopt);
  log("zap", next.url, next.loaded.has_value(), {});
  next_ = std::move(next);
  if (player_ != nullptr) player_->control().stop();
}

void TitleSequence::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  if (player_ != nullptr) player_->control().stop();
}

void TitleSequence::log(const char* event, const std::string& url, std::optional<bool> preloaded,
                        const std::string& message) {
  if (!log_line_) return;
  const std::chrono::duration<double, std::milli> now =
      std::chrono::system_clock::now().time_since_epoch();
  nlohmann::ordered_json line{{"t", now.count()}, {"ev", event}, {"url", media::redacted_url(url)}};
  if (preloaded) line["preloaded"] = *preloaded;
  if (!message.empty()) line["msg"] = message;
  log_line_(line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace rung::cli
