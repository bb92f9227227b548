#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/catalogue_limits.h"
#include "core/time.h"
#include "player/player.h"
#include "recommend/event_log/event_log.h"

namespace rung::cli {

/// What one viewer does, into the event log; nothing of it where they watch in private. A resource;
/// may be used from any thread.
class ViewingLog {
 public:
  /// Empty `viewer`: in private. Empty `device`: not told. A log that cannot be had now is tried
  /// again after `retry_after`, as EventLog does.
  ViewingLog(const std::string& viewer, const std::string& device,
             Duration retry_after = limits::event_log_first_pause);
  ViewingLog(const ViewingLog&) = delete;
  ViewingLog& operator=(const ViewingLog&) = delete;
  ~ViewingLog();

  void tell(event_log::EventKind kind, const std::string& title, const std::string& reason = {});
  void shown(std::vector<event_log::Shown> slate);
  /// `player` plays `title`: from now on its progress is logged.
  void begin(const std::string& title, player::Player& player);
  /// It ended, for `reason`.
  void end(const player::PlayerReport& report, const std::string& reason);

  /// Why what a viewer made known is not known, and cannot be changed; empty where it can. In
  /// private, where the log is none, and until it could be read.
  [[nodiscard]] std::string_view refusal() const;
  [[nodiscard]] const std::string& device() const { return device_; }
  /// What there was when the log could first be read (a warning is printed where it cannot), and
  /// what this run told.
  [[nodiscard]] std::vector<event_log::Event> events() const;

 private:
  void append(event_log::Event event);
  void follow(const std::stop_token& stop);

  const std::string viewer_;
  const std::string device_;
  mutable std::mutex events_mutex_;
  std::vector<event_log::Event> events_;
  bool read_ = false;                         ///< What there was is in `events_`.
  std::unique_ptr<event_log::EventLog> log_;  ///< Null in private.
  std::string title_;
  std::optional<Duration> length_;
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  player::Player* player_ = nullptr;
  std::jthread follower_;  ///< Declared last: it uses all of the above.
};

/// The hour of the day now, where this machine is.
[[nodiscard]] int local_hour();

}  // namespace rung::cli
