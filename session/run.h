#pragma once

#include <concepts>
#include <optional>
#include <type_traits>
#include <variant>

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

/// The next fact of an environment, for as long as it is handled. Those that come most often own
/// nothing and need no end: of so many alternatives std::variant looks the one at hand up in a
/// table of functions to end it.
class FactAtHand {
 public:
  template <SessionEnvironment E>
  FactAtHand(E& environment, Timestamp until) : event_(environment.wait(until)) {}
  ~FactAtHand() {
    if (!owns_nothing<TransferCompleted, TransferProgressed, TimeReached>()) event_.~Event();
  }
  FactAtHand(const FactAtHand&) = delete;
  FactAtHand& operator=(const FactAtHand&) = delete;

  [[nodiscard]] const Event& event() const { return event_; }

 private:
  template <typename... Facts>
  [[nodiscard]] bool owns_nothing() const {
    static_assert((std::is_trivially_destructible_v<Facts> && ...));
    return (std::holds_alternative<Facts>(event_) || ...);
  }
  union {
    Event event_;  ///< Ended by the destructor above.
  };
};

/// Tells the session that its time begins. Once, before run_until().
template <Session S, SessionEnvironment E>
void begin(S& session, E& environment) {
  session.handle(environment.wait(Timestamp::min()));
}

/// Goes on until the session has ended or `pause()`, which is asked before a request is taken, is
/// true: the only such loop in the product. Called again it goes on where it paused. Requests are
/// drained before every wait.
template <Session S, SessionEnvironment E, typename Pause>
void run_until(S& session, E& environment, const Pause& pause) {
  while (!session.ended()) {
    while (true) {
      if (pause()) return;
      const auto request = session.next_request();
      if (!request) break;
      environment.start(*request);
    }
    session.handle(FactAtHand(environment, session.wake_at()).event());
  }
}

/// Runs `session` in `environment` to its end.
template <Session S, SessionEnvironment E>
void run(S& session, E& environment) {
  begin(session, environment);
  run_until(session, environment, [] { return false; });
}

}  // namespace rung::session
