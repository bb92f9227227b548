#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>

#include "abr/policy.h"
#include "core/id.h"
#include "core/speed.h"
#include "core/time.h"
#include "core/units.h"
#include "media/track.h"

namespace rung::session {

/// What a transfer is for.
enum class Purpose : std::uint8_t {
  playback,  ///< The title that plays.
  prefetch,  ///< A title that may come next; asked for by prefetch/prefetching_session.h.
};

/// Fetch one segment. What follows is told in TransferProgressed, MediaArrived, TransferCompleted
/// or TransferFailed with the same id.
struct FetchSegment {
  TransferId transfer;
  media::TrackKind track{};
  SegmentNumber segment = 0;
  RepresentationIndex representation = 0;
  /// The representation's init segment comes first, as part of the same transfer: one id, sizes
  /// and progress summed up.
  bool with_init = false;
  int attempt = 1;  ///< 2 and more for a repetition after a failure.
  /// Its end is still to be produced: MediaArrived tells of its chunks.
  bool growing = false;
  /// The first TransferProgressed comes so long after the request, the next ones at this cadence.
  Duration first_progress{};
  /// In simulated worlds the first one stands for an instant so many nanoseconds before, less than
  /// one: it counts where the transfer is then given up.
  double first_progress_early = 0;
  Duration progress_every{};
  Purpose purpose = Purpose::playback;
  std::size_t title = 0;  ///< Of a prefetch: which of the titles that may come next.

  // Why: for the log and the overlay, nothing that an environment acts on.
  abr::Reason reason{};
  std::optional<BitRate> forecast;
  Duration buffer_level{};

  friend bool operator==(const FetchSegment&, const FetchSegment&) = default;
};

/// Give a running transfer up at once. Nothing more is told about it.
struct CancelTransfer {
  TransferId transfer;
  friend bool operator==(const CancelTransfer&, const CancelTransfer&) = default;
};

/// Show the presentation from `position` on: at the start, after a stall, a pause or a seek.
struct StartPlayback {
  MediaTime position{};
  friend bool operator==(const StartPlayback&, const StartPlayback&) = default;
};

/// Leave the place that is shown for `position`, keep the picture until there is one of that place,
/// and stand still until StartPlayback. Transfers that run go on unless they were cancelled before.
struct SeekPlayback {
  MediaTime position{};
  bool keep_media = false;  ///< The media there has arrived: drop none of it.
  Duration left_out{};      ///< So much before it cannot be had; the viewer has asked for nothing.
  friend bool operator==(const SeekPlayback&, const SeekPlayback&) = default;
};

/// Stop showing, keep the picture: the buffer ran dry, or the viewer paused.
struct HoldPlayback {
  friend bool operator==(const HoldPlayback&, const HoldPlayback&) = default;
};

/// Play at this speed from now on, at the presentation's own pitch: a live presentation is held at
/// its latency.
struct SetSpeed {
  Speed speed;
  friend bool operator==(const SetSpeed&, const SetSpeed&) = default;
};

/// Fetch the manifest of a title that may come next, and whatever else must be there before its
/// segments are known. Always a prefetch. What follows is told in TransferCompleted or
/// TransferFailed.
struct FetchManifest {
  TransferId transfer;
  std::size_t title = 0;
  friend bool operator==(const FetchManifest&, const FetchManifest&) = default;
};

/// What the session asks of its environment.
using Request = std::variant<FetchSegment, CancelTransfer, StartPlayback, HoldPlayback,
                             SeekPlayback, FetchManifest, SetSpeed>;

/// A segment that the environment had before its title began: asked for in this representation, its
/// transfer is complete at once and says nothing about the link.
struct HeldSegment {
  media::TrackKind track{};
  SegmentNumber segment = 0;
  RepresentationIndex representation = 0;
  ByteCount size;  ///< With its init segment, where it came with one.
  friend bool operator==(const HeldSegment&, const HeldSegment&) = default;
};

}  // namespace rung::session
