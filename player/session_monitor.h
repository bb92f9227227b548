#pragma once

#include <array>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "abr/playback_buffer.h"
#include "abr/policy.h"
#include "abr/throughput_estimator.h"
#include "core/id.h"
#include "core/speed.h"
#include "core/time.h"
#include "core/units.h"
#include "media/track.h"
#include "prefetch/prefetching_session.h"
#include "session/event.h"
#include "session/request.h"
#include "session/session_report.h"
#include "session/streaming_session.h"

namespace rung::player {

/// A representation as a viewer knows it.
struct Rung {
  RepresentationIndex index = 0;
  std::size_t of = 0;  ///< How many there are.
  BitRate bandwidth;
  int height = 0;  ///< 0 where it is not known, and of sound.
  friend bool operator==(const Rung&, const Rung&) = default;
};
/// `representation` of the ladder in force at `segment`; none where it has none of that number.
[[nodiscard]] std::optional<Rung> rung_of(const media::Track& track, SegmentNumber segment,
                                          RepresentationIndex representation);

/// What fetching ahead came to over the titles that were played before. A value.
struct AheadRecord {
  int hits = 0;      ///< Titles whose beginning was there.
  int misses = 0;    ///< Titles of which nothing was there.
  ByteCount used;    ///< Of what was fetched ahead.
  ByteCount wasted;  ///< Fetched for titles that were not played next.
  friend bool operator==(const AheadRecord&, const AheadRecord&) = default;
};

/// What is seen from outside of a session that runs. A value.
struct SessionSnapshot {
  /// The newest transfer of a track, running or not.
  struct Transfer {
    session::FetchSegment request;
    Rung rung;
    Timestamp requested{};
    ByteCount received;
    std::optional<ByteCount> expected;  ///< Once the server has told it.
    bool running = false;
    friend bool operator==(const Transfer&, const Transfer&) = default;
  };

  /// A video segment (sound where there is no video) that has arrived and is not far behind.
  struct Buffered {
    MediaTime start{};
    MediaTime end{};
    Rung rung;
    friend bool operator==(const Buffered&, const Buffered&) = default;
  };
  /// A title that may come next, and what was fetched of it.
  struct Ahead {
    std::string title;  ///< Without what must not be shown of a URL.
    double probability = 0;
    std::string stage;  ///< What runs, or how far it got.
    ByteCount received;
    friend bool operator==(const Ahead&, const Ahead&) = default;
  };
  /// Something that happened, for a person.
  struct Note {
    Timestamp at{};
    std::string text;
    friend bool operator==(const Note&, const Note&) = default;
  };

  // The session's own settings.
  std::string title;  ///< Without what must not be shown of a URL.
  std::string policy;
  std::string estimator;
  Duration buffer_capacity{};
  std::string audio;  ///< The audio track; empty where the title has none of its own.

  Timestamp at{};  ///< When the session was last told something.
  abr::PlaybackState state = abr::PlaybackState::starting;
  MediaTime position{};  ///< As the session models it.
  MediaTime end{};
  Duration buffer_level{};
  std::optional<Duration> latency;  ///< Behind the live edge, where that is known.
  Duration latency_target{};
  Speed speed;
  std::optional<abr::Forecast> forecast;
  std::array<std::optional<Transfer>, media::track_kinds> transfers;
  /// Of the last completed transfers, the oldest first; at most SessionMonitor::most_samples.
  std::vector<BitRate> throughput;
  std::vector<Buffered> buffered;  ///< By start; at most SessionMonitor::most_buffered.
  std::vector<Note> notes;         ///< The oldest first; at most SessionMonitor::most_notes.
  std::string trouble;  ///< What the last transfer that ended failed of; empty where it did not.
  session::SessionReport report;
  std::vector<Ahead> ahead;  ///< By place in the play list.
  prefetch::PrefetchReport prefetches;
  AheadRecord ahead_record;
  std::size_t held = 0;       ///< Segments of this title that were there before it began.
  std::size_t held_used = 0;  ///< Of these, so many were played.

  [[nodiscard]] const std::optional<Transfer>& transfer(media::TrackKind kind) const {
    return transfers[static_cast<std::size_t>(kind)];
  }
};

/// Sees what a session asks for and what it is told, and lets any thread read it. Written by the
/// session thread alone. A resource.
class SessionMonitor {
 public:
  static constexpr std::size_t most_samples = 60;
  static constexpr std::size_t most_buffered = 1024;
  static constexpr std::size_t most_notes = 14;

  struct Settings {
    std::string title = {};
    std::string policy = {};
    std::string estimator = {};
    Duration buffer_capacity{};
    AheadRecord ahead_record = {};
  };

  /// `tracks` must outlive the monitor.
  explicit SessionMonitor(const media::Tracks& tracks, Settings settings);
  SessionMonitor(const SessionMonitor&) = delete;
  SessionMonitor& operator=(const SessionMonitor&) = delete;
  ~SessionMonitor() = default;

  void asked(const session::Request& request);
  /// `failure` says what the transfer failed of, where `event` is that it failed.
  void told(const session::Event& event, const std::string& failure);
  void updated(const session::StreamingSession& session);
  /// `names` are the candidates' titles.
  void looked_ahead(const prefetch::PrefetchingSession& session,
                    const std::vector<std::string>& names);
  void held(std::size_t segments);
  /// The audio track that is heard; from any thread.
  void hears(std::string audio);

  /// From any thread.
  [[nodiscard]] SessionSnapshot snapshot() const;
  /// What was left out of the title since this was asked last, for the viewer; from any thread.
  [[nodiscard]] std::optional<std::string> take_loss();

 private:
  [[nodiscard]] SessionSnapshot::Transfer* running(TransferId transfer);
  void note(std::string text);
  void arrived(const SessionSnapshot::Transfer& transfer);
  void forget_played();

  media::GrowingTracks tracks_;
  mutable std::mutex mutex_;
  SessionSnapshot snapshot_;
  std::optional<std::string> loss_;
};

/// Why a representation was chosen, in a few words for the viewer.
[[nodiscard]] std::string_view sentence(abr::Reason reason);

/// "720p 2.40 Mbit/s (4 of 6)"
[[nodiscard]] std::string to_string(const Rung& rung);

/// Why the picture stands still, in a few words for the viewer.
[[nodiscard]] std::string waiting_reason(const SessionSnapshot& snapshot);

}  // namespace rung::player
