#pragma once

#include <optional>

#include "core/time.h"
#include "media/presentation.h"
#include "media/track.h"
#include "media/track_selection.h"

namespace rung::media {

/// Where a live presentation is at an instant, on its own time line.
struct LiveWindow {
  MediaTime start{};  ///< What ends at or before it is gone.
  MediaTime edge{};   ///< What is being produced.
  friend bool operator==(const LiveWindow&, const LiveWindow&) = default;
};
/// `wall_clock` is the origin's, since 1970. Never before zero, whatever the clocks say.
[[nodiscard]] LiveWindow window_at(const LiveTimes& times, Duration wall_clock);

/// `presentation` with only the segments that are there: those that have ended by the edge (or by
/// its availability offset before that) and have not left the window.
[[nodiscard]] Presentation available(Presentation presentation, const LiveWindow& window);

/// What a live presentation has behind the segments that `known` has: `fresh` is the same one as it
/// is by now, and `newest` what the last segments of `known` came from. Segments that lie before
/// that are passed over, however they differ; nothing where it has not grown.
[[nodiscard]] TracksGrowth growth(const Tracks& known, const TrackSelection& newest,
                                  const TrackSelection& fresh);

/// The segment of `fresh` that stands for segment `segment` of `known`: the one that begins at its
/// time, with the same ladder. Nullopt where there is none.
[[nodiscard]] std::optional<SegmentNumber> counterpart(const Track& known, SegmentNumber segment,
                                                       const Track& fresh);

[[nodiscard]] Duration longest_segment(const Tracks& tracks);
/// How much of a segment is there when it is available: less than all of it where all sets of its
/// last period are chunked. The longest one of `tracks` counts.
[[nodiscard]] Duration first_chunk(const Presentation& presentation, const Tracks& tracks);

/// So far behind the live edge playback is safe: `wish`, else what the manifest suggests, else
/// three of its longest segments; as far as the manifest's bounds of the latency allow it, never
/// nearer than a segment and a quarter of one (a suggestion: a segment) or, of segments that come
/// in chunks, than two chunks; and never so far that the window ends before.
[[nodiscard]] Duration safe_delay(const Presentation& presentation, const Tracks& tracks,
                                  std::optional<Duration> wish);

}  // namespace rung::media
