#include "session/replay_environment.h"

#include <variant>

namespace rung::session {

void ReplayEnvironment::start(const Request& request) {
  if (divergence_) return;
  const auto& entries = recording_.entries;
  const Request* recorded =
      cursor_ < entries.size() ? std::get_if<Request>(&entries[cursor_].fact) : nullptr;
  if (recorded != nullptr && *recorded == request) {
    ++cursor_;
    ++matched_;
    return;
  }
  // A log that was cut off ends between the facts and what followed from them.
  if (cursor_ == entries.size()) return;
  divergence_ = {line(), recorded != nullptr ? describe(*recorded) : "nothing", describe(request)};
}

Event ReplayEnvironment::wait(Timestamp) {
  const auto& entries = recording_.entries;
  if (!divergence_ && cursor_ < entries.size()) {
    if (const Request* skipped = std::get_if<Request>(&entries[cursor_].fact)) {
      divergence_ = {line(), describe(*skipped), "nothing"};
    } else {
      link_taken_ = entries[cursor_].link_taken;
      const Event event = std::get<Event>(entries[cursor_++].fact);
      now_ = time_of(event);
      return event;
    }
  }
  return ViewerLeft{now_};
}

bool ReplayEnvironment::asked_next() const {
  const auto& entries = recording_.entries;
  if (cursor_ == entries.size()) return false;
  const Request* recorded = std::get_if<Request>(&entries[cursor_].fact);
  return recorded != nullptr && std::holds_alternative<FetchSegment>(*recorded);
}

std::size_t ReplayEnvironment::line() const { return recording_.entries[cursor_].line; }

}  // namespace rung::session
