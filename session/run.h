#pragma once

#include <concepts>
#include <optional>

#include "core/time.h"
#include "session/event.h"
#include "session/request.h"

namespace rung::session {

/// Does no I/O and reads no clock: it is told facts, asked for work, and asked when to be woken.
template <typename T>
concept Session = requires(T session, const T& constant, const Event& event) {
  {session.handle(event)};
  { session.next_request() } -> std::same_as<std::optional<Request>>;
  { constant.wake_at() } -> std::same_as<Timestamp>;
  { constant.ended() } -> std::same_as<bool>;
};

/// The world of a session. `wait` returns the next fact, or TimeReached at `until` (at once where
/// that is past; never, for Timestamp::max()).
template <typename T>
concept SessionEnvironment = requires(T environment, const Request& request, Timestamp until) {
  {environment.start(request)};
  { environment.wait(until) } -> std::same_as<Event>;
};

/// Runs `session` in `environment` to its end: the only such loop in the product. Requests are
/// drained before every wait.
template <Session S, SessionEnvironment E>
void run(S& session, E& environment) {
  session.handle(environment.wait(Timestamp::min()));
  while (!session.ended()) {
    while (const auto request = session.next_request()) environment.start(*request);
    session.handle(environment.wait(session.wake_at()));
  }
}

}  // namespace rung::session
