#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "core/check.h"
#include "session/event.h"
#include "session/request.h"
#include "session/run.h"

namespace rung::test {

/// Tells the events of a table in order, whatever is asked for, and keeps the requests. Between
/// them it wakes the session when it wants to be woken. A SessionEnvironment.
class ScriptedEnvironment {
 public:
  explicit ScriptedEnvironment(std::vector<session::Event> events) : events_(std::move(events)) {}

  void start(const session::Request& request) { requests_.push_back(request); }

  session::Event wait(Timestamp until) {
    until = std::max(until, now_);
    if (next_ < events_.size() && session::time_of(events_[next_]) <= until) {
      now_ = session::time_of(events_[next_]);
      return events_[next_++];
    }
    RUNG_CHECK(until != Timestamp::max());  // The script is too short.
    now_ = until;
    return session::TimeReached{until};
  }

  [[nodiscard]] const std::vector<session::Request>& requests() const { return requests_; }

 private:
  std::vector<session::Event> events_;
  std::size_t next_ = 0;
  std::vector<session::Request> requests_;
  Timestamp now_{};
};

}  // namespace rung::test
