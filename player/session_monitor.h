#pragma once

#include <array>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "abr/playback_buffer.h"
#include "abr/policy.h"
#include "abr/throughput_estimator.h"
#include "core/id.h"
#include "core/time.h"
#include "core/units.h"
#include "media/track.h"
#include "session/event.h"
#include "session/request.h"
#include "session/session_report.h"
#include "session/streaming_session.h"

namespace rung::player {

/// What is seen from outside of a session that runs. A value.
struct SessionSnapshot {
  /// The newest transfer of a track, running or not.
  struct Transfer {
    session::FetchSegment request;
    BitRate bandwidth;  ///< Of the representation.
    Timestamp requested{};
    ByteCount received;
    std::optional<ByteCount> expected;  ///< Once the server has told it.
    bool running = false;
    friend bool operator==(const Transfer&, const Transfer&) = default;
  };

  Timestamp at{};  ///< When the session was last told something.
  abr::PlaybackState state = abr::PlaybackState::starting;
  MediaTime position{};  ///< As the session models it.
  MediaTime end{};
  Duration buffer_level{};
  std::optional<abr::Forecast> forecast;
  std::array<std::optional<Transfer>, media::track_kinds> transfers;
  /// Of the last completed transfers, the oldest first; at most SessionMonitor::most_samples.
  std::vector<BitRate> throughput;
  std::string trouble;  ///< What the last transfer that ended failed of; empty where it did not.
  session::SessionReport report;

  [[nodiscard]] const std::optional<Transfer>& transfer(media::TrackKind kind) const {
    return transfers[static_cast<std::size_t>(kind)];
  }
};

/// Sees what a session asks for and what it is told, and lets any thread read it. Written by the
/// session thread alone. A resource.
class SessionMonitor {
 public:
  static constexpr std::size_t most_samples = 60;

  /// `tracks` must outlive the monitor.
  explicit SessionMonitor(const media::Tracks& tracks) : tracks_(tracks) {}
  SessionMonitor(const SessionMonitor&) = delete;
  SessionMonitor& operator=(const SessionMonitor&) = delete;
  ~SessionMonitor() = default;

  void asked(const session::Request& request);
  /// `failure` says what the transfer failed of, where `event` is that it failed.
  void told(const session::Event& event, const std::string& failure);
  void updated(const session::StreamingSession& session);

  /// From any thread.
  [[nodiscard]] SessionSnapshot snapshot() const;

 private:
  [[nodiscard]] SessionSnapshot::Transfer* running(TransferId transfer);

  const media::Tracks& tracks_;
  mutable std::mutex mutex_;
  SessionSnapshot snapshot_;
};

/// Why the picture stands still, in a few words for the viewer.
[[nodiscard]] std::string waiting_reason(const SessionSnapshot& snapshot);

}  // namespace rung::player
