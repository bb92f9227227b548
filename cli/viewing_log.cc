#include "cli/viewing_log.h"

#include <chrono>
#include <ctime>
#include <iterator>
#include <utility>

#include "cli/report_error.h"
#include "cli/state_files.h"

namespace rung::cli {
namespace {

using event_log::Event;
using event_log::EventKind;

constexpr Duration progress_every = std::chrono::seconds(10);

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

int local_hour() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm local{};
  localtime_r(&now, &local);
  return local.tm_hour;
}

ViewingLog::ViewingLog(const std::string& viewer, const std::string& device, Duration retry_after)
    : viewer_(viewer), device_(device) {
  if (viewer.empty()) return;
  auto events = event_log::read_events(event_log_file(), viewer);
  std::optional<event_log::EventLog::History> wanted;
  Error told;
  if (events) {
    events_ = *std::move(events);
    read_ = true;
  } else {
    told = events.error();
    report_error(told);
    // A log that is damaged, or another program's, is not written either; one that cannot be had
    // now may be later.
    if (told.code != ErrorCode::io) return;
    wanted = event_log::EventLog::History{
        .viewer = viewer, .take = [this](std::vector<Event> before) {
          const std::lock_guard lock(events_mutex_);
          events_.insert(events_.begin(), std::make_move_iterator(before.begin()),
                         std::make_move_iterator(before.end()));
          read_ = true;
        }};
  }
  log_ = std::make_unique<event_log::EventLog>(
      event_log_file(),
      [told](const Error& error) {
        if (error != told) report_error(error);
      },
      retry_after, std::move(wanted));
}

ViewingLog::~ViewingLog() = default;

void ViewingLog::append(Event event) {
  if (!log_) return;
  event.time = now();
  event.viewer = viewer_;
  event.hour = local_hour();
  event.device = device_;
  {
    const std::lock_guard lock(events_mutex_);
    events_.push_back(event);
  }
  log_->append(std::move(event));
}

std::string_view ViewingLog::refusal() const {
  if (!log_) return "nothing is logged";
  const std::lock_guard lock(events_mutex_);
  return read_ ? "" : "the event log cannot be read now";
}

std::vector<Event> ViewingLog::events() const {
  const std::lock_guard lock(events_mutex_);
  return events_;
}

void ViewingLog::tell(EventKind kind, const std::string& title, const std::string& reason) {
  append({.kind = kind, .title = title, .reason = reason});
}

void ViewingLog::shown(std::vector<event_log::Shown> slate) {
  append({.kind = EventKind::impression, .slate = std::move(slate)});
}

void ViewingLog::begin(const std::string& title, player::Player& player) {
  if (!log_) return;
  title_ = title;
  length_.reset();
  tell(EventKind::play, title);
  player_ = &player;
  follower_ = std::jthread([this](const std::stop_token& stop) { follow(stop); });
}

void ViewingLog::follow(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  for (;;) {
    stopped_.wait_for(lock, stop, progress_every, [] { return false; });
    if (stop.stop_requested()) return;
    const player::PlayerStatus status = player_->status();
    if (status.end > MediaTime{}) length_ = status.end.time_since_epoch();
    append({.kind = EventKind::progress,
            .title = title_,
            .position = status.position.time_since_epoch(),
            .length = length_});
  }
}

void ViewingLog::end(const player::PlayerReport& report, const std::string& reason) {
  if (!log_) return;
  follower_.request_stop();
  if (follower_.joinable()) follower_.join();
  if (player_ != nullptr && player_->status().end > MediaTime{})
    length_ = player_->status().end.time_since_epoch();
  player_ = nullptr;
  append({.kind = EventKind::exit,
          .title = title_,
          .position = report.output.position.time_since_epoch(),
          .length = length_,
          .reason = reason});
}

}  // namespace rung::cli
