#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "player/http_client.h"
#include "player/player.h"
#include "player/scenario.h"
#include "player/title_loader.h"

namespace rung::cli {

/// The titles that a scripted viewer goes through: which one plays, which one follows, and what of
/// that one has been loaded ahead. A resource. Its world acts on the viewer's thread, everything
/// else belongs to the main thread.
class TitleSequence {
 public:
  struct Next {
    std::string url;
    std::optional<player::LoadedTitle> loaded;  ///< Where it was loaded ahead.
  };

  /// `log_line` takes lines for the session log, from any thread; may be empty.
  TitleSequence(std::string url, player::HttpClient::Options http,
                std::function<void(std::string_view)> log_line);
  TitleSequence(const TitleSequence&) = delete;
  TitleSequence& operator=(const TitleSequence&) = delete;

  /// What a scripted viewer sees and does; valid as long as the sequence.
  [[nodiscard]] player::ScenarioViewer::World world();

  /// `player` plays now; null before it goes.
  void set_player(player::Player* player);
  /// The title that the viewer left the last one for; nullopt where they left for good.
  [[nodiscard]] std::optional<Next> take_next();

 private:
  /// `url` of a scenario: absolute, or a folder beside that of the title that plays.
  [[nodiscard]] std::string resolve(const std::string& url) const;
  void preload(const std::string& url);
  void zap(const std::string& url);
  void stop();
  void log(const char* event, const std::string& url, std::optional<bool> preloaded,
           const std::string& message);

  const player::HttpClient::Options http_;
  const std::function<void(std::string_view)> log_line_;
  std::mutex mutex_;
  std::string url_;  ///< Of the title that plays.
  player::Player* player_ = nullptr;
  std::optional<Next> loaded_;
  std::optional<Next> next_;
  bool stopped_ = false;
  std::jthread loader_;  ///< Declared last: it uses all of the above.
};

}  // namespace rung::cli
