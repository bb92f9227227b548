#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/time.h"
#include "media/track.h"
#include "session/event.h"
#include "session/request.h"
#include "session/run.h"
#include "session/session_options.h"
#include "session/streaming_session.h"

namespace rung::session {

/// What a session was given at its start: enough to run it again.
struct SessionSetup {
  std::string title;  ///< The manifest's URL or file name, without credentials.
  std::string policy;
  std::string estimator;
  SessionOptions options;
  media::Tracks tracks;
  std::vector<HeldSegment> held = {};  ///< As StreamingSession::hold() was told.
  friend bool operator==(const SessionSetup&, const SessionSetup&) = default;
};

/// What the output adds to a position line. Defaults where there is no output.
struct OutputState {
  std::optional<RepresentationIndex> shown;  ///< Video representation on screen.
  int height = 0;
  std::int64_t frames = 0;
  std::int64_t dropped = 0;
};

/// Writes a session log (JSON lines, schema rung-session/1, docs/session-log.md): everything that
/// the session was told and asked for, with exact times. Pure: a finished line goes to `sink`.
class SessionLog {
 public:
  struct Sinks {
    /// Takes one line, without its end.
    std::function<void(std::string_view)> line;
    /// Where a transfer's bytes come from, for people; may be empty.
    std::function<std::string(const FetchSegment&)> url;
    /// May be empty.
    std::function<OutputState()> output;
    /// The title follows another one: its first picture ends the change.
    bool after_another = false;
  };

  /// Writes the lines that open the log. `epoch_ms` is the wall clock, in milliseconds since 1970,
  /// at Timestamp{} (0 in a simulation).
  SessionLog(const SessionSetup& setup, std::int64_t epoch_ms, Sinks sinks);

  void happened(const Event& event, const StreamingSession& session);
  void requested(const Request& request, Timestamp now);
  /// The output shows the first picture after the start or a seek: the `seeks`-th SeekPlayback. One
  /// of a place that has been left again meanwhile is passed over.
  void shown(Timestamp at, MediaTime position, std::uint64_t seeks);
  void finished(const SessionReport& report);

 private:
  struct Open {
    FetchSegment request;
    Timestamp requested{};
    ByteCount received;
    std::optional<Timestamp> first_byte;
    /// Where it is asked for, as far as that was known when the environment last told of it. One
    /// that is cancelled may be of a track that is no more.
    std::optional<std::string> url;
  };
  /// The lines that say of a request what people and benches ask for.
  void explain(const Request& request, Timestamp now);
  void write_exchange(const Open& open, Timestamp end, int status, bool aborted);
  /// Prefetches are for people and benches: where one came to something the session was but woken.
  /// A replay knows of them only that a choice waited for their end.
  void write_prefetch(const char* kind, TransferId transfer, Timestamp at, ByteCount received);
  [[nodiscard]] bool is_prefetch(TransferId transfer) const;
  [[nodiscard]] double wall_ms(Timestamp at) const;
  [[nodiscard]] std::optional<std::string> url_of(const FetchSegment& request) const;
  [[nodiscard]] std::optional<Open> take(TransferId transfer);

  const media::Tracks first_tracks_;
  media::GrowingTracks tracks_;
  std::int64_t epoch_ms_;
  Sinks sinks_;
  std::vector<Open> open_;
  std::vector<Request> prefetches_;  ///< That run.
  /// What was cancelled last: a lower representation of it may follow.
  std::optional<FetchSegment> cancelled_;
  bool paused_ = false;   ///< By the viewer.
  bool stalled_ = false;  ///< Held without their wish.
  double position_ = 0;   ///< The output's last word on it.
  bool first_frame_written_ = false;
  std::uint64_t seeks_ = 0;  ///< SeekPlayback requests so far.
};

/// What a log calls a kind of failure, and which kind a log's word means.
[[nodiscard]] std::string_view to_string(FailureKind kind);
[[nodiscard]] std::optional<FailureKind> parse_failure_kind(std::string_view name);

/// One line for a person: "fetch video segment 7 representation 2 ...".
[[nodiscard]] std::string describe(const Request& request);

/// Wraps an environment and logs all that passes. Resource; both must outlive it.
template <SessionEnvironment E>
class RecordingEnvironment {
 public:
  RecordingEnvironment(E& environment, const StreamingSession& session, SessionLog& log)
      : environment_(environment), session_(session), log_(log) {}

  void start(const Request& request) {
    log_.requested(request, now_);
    environment_.start(request);
  }
  [[nodiscard]] Event wait(Timestamp until) {
    const Event event = environment_.wait(until);
    now_ = time_of(event);
    log_.happened(event, session_);
    return event;
  }

 private:
  E& environment_;
  const StreamingSession& session_;
  SessionLog& log_;
  Timestamp now_{};
};

}  // namespace rung::session
