#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "core/time.h"
#include "session/event.h"
#include "session/recorded_session.h"
#include "session/request.h"
#include "session/streaming_session.h"

namespace rung::session {

/// Where a replayed session did other than the recorded one.
struct Divergence {
  std::size_t line = 0;  ///< Of the log.
  std::string recorded;  ///< What the log says was asked for, or "nothing".
  std::string replayed;  ///< What the session asked for now, or "nothing".
  friend bool operator==(const Divergence&, const Divergence&) = default;
};

/// The SessionEnvironment of a replay: tells the session the recorded facts and compares what it
/// asks for. Stops at the first difference, as everything behind it would differ too.
class ReplayEnvironment {
 public:
  /// `recording` must outlive it.
  explicit ReplayEnvironment(const RecordedSession& recording) : recording_(recording) {}

  void start(const Request& request);
  /// `until` says nothing here: the recording tells when the session was woken. Behind the last
  /// recorded fact the viewer leaves.
  [[nodiscard]] Event wait(Timestamp until);

  [[nodiscard]] const std::optional<Divergence>& divergence() const { return divergence_; }
  /// Behind the fact that was told last a prefetch had the link, and the session did not ask beside
  /// it.
  [[nodiscard]] bool link_taken() const { return link_taken_ && !asked_next(); }
  /// Requests that were the same.
  [[nodiscard]] std::size_t matched() const { return matched_; }

 private:
  [[nodiscard]] std::size_t line() const;
  /// What was recorded next is the request of a segment.
  [[nodiscard]] bool asked_next() const;

  const RecordedSession& recording_;
  std::size_t cursor_ = 0;
  std::size_t matched_ = 0;
  Timestamp now_{};
  bool link_taken_ = false;
  std::optional<Divergence> divergence_;
};

/// A Session (session/run.h) that is replayed: what prefetch::PrefetchingSession did to it in the
/// recorded one is done to it again. It is not asked for a choice while a prefetch had the link.
class ReplayedSession {
 public:
  /// Both must outlive it.
  ReplayedSession(StreamingSession& session, const ReplayEnvironment& environment)
      : session_(session), environment_(environment) {}

  void handle(const Event& event) { session_.handle(event); }
  [[nodiscard]] std::optional<Request> next_request() {
    if (environment_.link_taken() && session_.choice_pending()) {
      session_.lend_link();
      return std::nullopt;
    }
    return session_.next_request();
  }
  [[nodiscard]] Timestamp wake_at() const { return session_.wake_at(); }
  [[nodiscard]] bool ended() const { return session_.ended(); }

 private:
  StreamingSession& session_;
  const ReplayEnvironment& environment_;
};

}  // namespace rung::session
