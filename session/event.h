#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "core/id.h"
#include "core/speed.h"
#include "core/time.h"
#include "core/units.h"
#include "media/track.h"

namespace rung::session {

/// The time that the session asked to be woken at, or the first event of all.
struct TimeReached {
  Timestamp at{};
  friend bool operator==(const TimeReached&, const TimeReached&) = default;
};

/// Comes at the cadence that FetchSegment asks for, whether or not anything arrived meanwhile.
struct TransferProgressed {
  Timestamp at{};
  TransferId transfer;
  std::optional<Timestamp> first_byte;
  ByteCount received;
  std::optional<ByteCount> expected;  ///< Once the server has told it.
  /// When the newest of what has been received came; none where that is not known.
  std::optional<Timestamp> last_byte = {};
  friend bool operator==(const TransferProgressed&, const TransferProgressed&) = default;
};

/// Of a segment that was asked for as growing: its media is there up to here, in whole chunks.
struct MediaArrived {
  Timestamp at{};
  TransferId transfer;
  Duration media{};  ///< From the segment's beginning on.
  friend bool operator==(const MediaArrived&, const MediaArrived&) = default;
};

/// The whole body is there.
struct TransferCompleted {
  Timestamp at{};
  TransferId transfer;
  Timestamp first_byte{};
  ByteCount size;
  bool held = false;  ///< It was there before it was asked for: no link was used.
  /// For so long behind the first byte nothing was on its way, as it had not been produced yet.
  Duration idle = {};
  /// It was to stand in place of a segment that is being shown by now: what was there stays.
  bool late = false;
  friend bool operator==(const TransferCompleted&, const TransferCompleted&) = default;
};

enum class FailureKind : std::uint8_t {
  connection,   ///< could not connect, or the connection broke
  timeout,      ///< a bound of the environment
  http_status,  ///< an answer other than 200 or 206
  truncated,    ///< the body ended before its announced length
  too_large,    ///< beyond limits::segment_size
  refused,      ///< by the URL policy
  incomplete,   ///< as long as announced, but it ends inside of a box
};

struct TransferFailed {
  Timestamp at{};
  TransferId transfer;
  FailureKind kind{};
  int http_status = 0;
  ByteCount received;
  std::optional<Duration> retry_after;
  friend bool operator==(const TransferFailed&, const TransferFailed&) = default;
};

/// The output's own word on where it is. The simulator has no output and never says it.
struct PlayheadObserved {
  Timestamp at{};
  MediaTime position{};
  friend bool operator==(const PlayheadObserved&, const PlayheadObserved&) = default;
};

struct ViewerPaused {
  Timestamp at{};
  friend bool operator==(const ViewerPaused&, const ViewerPaused&) = default;
};
struct ViewerResumed {
  Timestamp at{};
  friend bool operator==(const ViewerResumed&, const ViewerResumed&) = default;
};
struct ViewerSought {
  Timestamp at{};
  MediaTime to{};
  /// From here on the environment still has the media that lies behind the playhead; none where
  /// nothing is told. What lies ahead of the playhead it always has.
  std::optional<MediaTime> held_from = {};
  friend bool operator==(const ViewerSought&, const ViewerSought&) = default;
};
/// From the next segment on the viewer wants this representation (the highest one where there are
/// not so many), of the video where there is one; none: what the policy chooses.
struct ViewerPinned {
  Timestamp at{};
  std::optional<RepresentationIndex> representation;
  friend bool operator==(const ViewerPinned&, const ViewerPinned&) = default;
};
struct ViewerChangedSpeed {
  Timestamp at{};
  Speed speed;
  friend bool operator==(const ViewerChangedSpeed&, const ViewerChangedSpeed&) = default;
};
/// From where playback is the viewer wants to hear this audio track instead of the one that there
/// was. Of a title with video that is not live.
struct ViewerChangedAudio {
  Timestamp at{};
  media::Track track;
  friend bool operator==(const ViewerChangedAudio&, const ViewerChangedAudio&) = default;
};
struct ViewerLeft {
  Timestamp at{};
  friend bool operator==(const ViewerLeft&, const ViewerLeft&) = default;
};

/// A live presentation has segments that were not there before: they are there now.
struct PresentationGrew {
  Timestamp at{};
  media::TracksGrowth growth;
  /// Segments that end at or before it are no longer there.
  MediaTime window_start{};
  /// What is being produced now.
  MediaTime live_edge{};
  friend bool operator==(const PresentationGrew&, const PresentationGrew&) = default;
};

/// A fact that the environment tells the session. Timestamps never decrease; equal ones come in
/// order of transfer id. Nothing is told about a transfer after its cancellation.
using Event =
    std::variant<TimeReached, TransferProgressed, MediaArrived, TransferCompleted, TransferFailed,
                 PlayheadObserved, ViewerPaused, ViewerResumed, ViewerSought, ViewerPinned,
                 ViewerChangedSpeed, ViewerChangedAudio, ViewerLeft, PresentationGrew>;

/// std::visit() that looks for the facts that come most often first: of so many it finds the one at
/// hand in a table of functions.
template <typename Visitor>
decltype(auto) visit_fact(const Visitor& visitor, const Event& event) {
  if (const auto* progressed = std::get_if<TransferProgressed>(&event)) return visitor(*progressed);
  if (const auto* completed = std::get_if<TransferCompleted>(&event)) return visitor(*completed);
  if (const auto* reached = std::get_if<TimeReached>(&event)) return visitor(*reached);
  return std::visit(visitor, event);
}

[[nodiscard]] inline Timestamp time_of(const Event& event) {
  return visit_fact([](const auto& fact) { return fact.at; }, event);
}

}  // namespace rung::session
