#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <vector>

#include "core/id.h"
#include "core/time.h"
#include "media/decode/demuxer.h"
#include "media/track.h"

namespace rung::player {

/// How time stamps in media relate to the presentation.
enum class TimestampOrigin {
  /// DASH: the period's start - presentationTimeOffset + time stamp, which the time line knows.
  timeline,
  /// HLS: only differences count; the first segment read fixes the rest for all tracks, and
  /// another one does where the time stamps jump (RFC 8216 section 3, EXT-X-DISCONTINUITY).
  first_segment,
};

/// Puts the time stamps of segments on the presentation's time line, the same way for all decode
/// threads. A resource, usable from any thread.
class TimestampMapping {
 public:
  explicit TimestampMapping(TimestampOrigin origin) : origin_(origin) {}

  /// What must be added to the time stamps of `segment`, whose first one in `container` is
  /// `first_pts`. Time stamps that are far from where the manifest puts the segment are overruled:
  /// the segment then begins where the manifest says.
  [[nodiscard]] Duration offset(const media::Track& track, SegmentNumber segment,
                                decode::Container container, Duration first_pts);
  /// All that was found to be added, for what comes from elsewhere with the same time stamps; none
  /// where the time line knows it.
  [[nodiscard]] std::vector<Duration> known_offsets() const;

 private:
  const TimestampOrigin origin_;
  mutable std::mutex mutex_;
  std::map<std::size_t, std::vector<Duration>> offsets_;  ///< Known ones, by part.
};

}  // namespace rung::player
