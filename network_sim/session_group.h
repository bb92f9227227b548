#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/id.h"
#include "core/time.h"
#include "core/units.h"
#include "network_sim/fingerprint.h"
#include "session/event.h"
#include "session/request.h"
#include "session/streaming_session.h"

namespace rung::network_sim {

/// Several sessions in one world: to session/run.h they are one Session, so the one loop drives
/// them all. Each lives in its own time, which begins with its own wish to play, and knows its
/// transfers by its own ids; what it is told and what it asks for is translated. Of sessions that
/// are woken at one instant the one that was added first acts first. What a session that has ended
/// still had under way is cancelled. A resource.
class SessionGroup {
 public:
  SessionGroup() = default;
  SessionGroup(const SessionGroup&) = delete;
  SessionGroup& operator=(const SessionGroup&) = delete;

  /// `begins`, in the time of the world, is its wish to play. Before the run.
  void add(std::unique_ptr<session::StreamingSession> session, Timestamp begins);

  void handle(const session::Event& event);
  [[nodiscard]] std::optional<session::Request> next_request();
  [[nodiscard]] Timestamp wake_at() const;
  [[nodiscard]] bool ended() const;

  [[nodiscard]] std::size_t size() const { return members_.size(); }
  [[nodiscard]] const session::StreamingSession& session(std::size_t place) const {
    return *members_[place].session;
  }
  [[nodiscard]] std::uint64_t fingerprint(std::size_t place) const {
    return members_[place].fingerprint.value();
  }
  /// The representations' bandwidths of the main track's segments that have arrived, in order.
  [[nodiscard]] std::span<const BitRate> bandwidths(std::size_t place) const {
    return members_[place].bandwidths;
  }

 private:
  struct Member {
    std::unique_ptr<session::StreamingSession> session;
    Timestamp begins{};
    bool begun = false;
    Timestamp now{};  ///< In its own time: the last that it was told.
    Fingerprint fingerprint;
    std::vector<BitRate> bandwidths;
  };
  /// A transfer under way, by both its ids.
  struct Open {
    TransferId id;  ///< The world's.
    TransferId own;
    std::size_t member = 0;
    std::optional<BitRate> bandwidth;  ///< Of the main track.
  };

  [[nodiscard]] static bool running(const Member& member) {
    return member.begun && !member.session->ended();
  }
  void tell(Member& member, const session::Event& event);
  void wake(Timestamp at);
  [[nodiscard]] session::Request translated(std::size_t place, const session::Request& request);
  /// Of a session that has ended, or none.
  [[nodiscard]] std::optional<session::Request> leftover();

  std::vector<Member> members_;
  std::vector<Open> open_;
  TransferId next_{1};
};

}  // namespace rung::network_sim
