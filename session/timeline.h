#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "abr/playback_buffer.h"
#include "core/id.h"
#include "core/time.h"
#include "core/units.h"
#include "media/track.h"
#include "session/event.h"
#include "session/request.h"
#include "session/run.h"
#include "session/streaming_session.h"

namespace rung::session {

/// A session as a viewer would draw it: what was in the buffer, what was fetched, when the picture
/// stood still. A value.
struct Timeline {
  /// Between two points the level changes evenly.
  struct Point {
    Timestamp at{};
    Duration level{};
    friend bool operator==(const Point&, const Point&) = default;
  };
  /// Of the main track: video, or audio where there is no video.
  struct Transfer {
    Timestamp begin{};
    Timestamp end{};
    BitRate bandwidth;  ///< Of the representation.
    ByteCount received;
    bool complete = false;
    friend bool operator==(const Transfer&, const Transfer&) = default;
  };
  struct Span {
    Timestamp begin{};
    Timestamp end{};
    friend bool operator==(const Span&, const Span&) = default;
  };
  std::vector<Point> buffer;
  std::vector<Transfer> transfers;  ///< In order of their beginnings.
  std::vector<Span> stalls;
  std::optional<Timestamp> started;  ///< The first picture.
  Timestamp end{};
  friend bool operator==(const Timeline&, const Timeline&) = default;
};

/// Draws a timeline from what passes between a session and its world.
class TimelineRecorder {
 public:
  explicit TimelineRecorder(Timeline& timeline) : timeline_(timeline) {}

  void requested(const Request& request, const StreamingSession& session);
  /// The session has been told all that happened so far.
  void settled(const abr::PlaybackBuffer& buffer);
  void happened(const Event& event);
  /// Once the session has ended.
  void finish(const abr::PlaybackBuffer& buffer);

 private:
  struct Open {
    TransferId transfer;
    std::size_t index = 0;  ///< In the timeline's transfers.
  };
  void conclude(TransferId transfer, Timestamp at, std::optional<ByteCount> received,
                bool complete);
  void add(Timestamp at, Duration level);

  Timeline& timeline_;
  std::vector<Open> open_;
  std::optional<abr::PlaybackBuffer> last_;
  std::optional<Timestamp> stalled_since_;
};

/// Passes everything through to an environment and draws the timeline. A SessionEnvironment; the
/// three it is made of must outlive it.
template <SessionEnvironment E>
class TimelineRecordingEnvironment {
 public:
  TimelineRecordingEnvironment(E& environment, const StreamingSession& session, Timeline& timeline)
      : environment_(environment), session_(session), recorder_(timeline) {}

  void start(const Request& request) {
    recorder_.requested(request, session_);
    environment_.start(request);
  }
  [[nodiscard]] Event wait(Timestamp until) {
    recorder_.settled(session_.buffer());
    const Event event = environment_.wait(until);
    recorder_.happened(event);
    return event;
  }
  void finish() { recorder_.finish(session_.buffer()); }

 private:
  E& environment_;
  const StreamingSession& session_;
  TimelineRecorder recorder_;
};

}  // namespace rung::session
