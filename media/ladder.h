#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "core/units.h"
#include "media/track.h"

namespace rung::media {

/// A title in numbers only, for the simulator: no URLs, no media. A value. As JSON:
///
///   {
///     "title": "Sprite Fright",            a name for people
///     "segment_duration_s": 4,             every segment but the last one
///     "segment_count": 60,                 may be left out where sizes tell it
///     "last_segment_duration_s": 2.5,      left out: as long as the others
///     "representations": [                 ascending in bandwidth
///       {"bandwidth_kbps": 235, "height": 240, "sizes_bytes": [110234, ...]},
///       ...                                height and sizes_bytes may be left out (sizes by all
///     ],                                   representations of a track or by none); so may "ssim"
///                                          (of 1), "psnr_db" and "vmaf" (of 100): how good each
///                                          segment looks, as measured
///     "audio": {                           may be left out; the same fields, without title
///       "segment_duration_s": 4, "representations": [{"bandwidth_kbps": 128}]
///     }
///   }
///
/// In "audio", segment_duration_s, segment_count and last_segment_duration_s default to the
/// video's. Unknown members are refused: a misspelt one would be ignored in silence otherwise.
struct Ladder {
  struct Rung {
    BitRate bandwidth;
    int height = 0;                ///< 0 where not known.
    std::vector<ByteCount> sizes;  ///< One a segment, or empty; so are the next three.
    std::vector<double> ssim = {};
    std::vector<double> psnr = {};  ///< dB
    std::vector<double> vmaf = {};
    friend bool operator==(const Rung&, const Rung&) = default;
  };
  struct TrackLadder {
    Duration segment_duration{};
    Duration last_segment_duration{};
    std::int64_t segment_count = 0;
    std::vector<Rung> rungs;
    friend bool operator==(const TrackLadder&, const TrackLadder&) = default;
  };
  std::string title;
  TrackLadder video;
  std::optional<TrackLadder> audio;
  friend bool operator==(const Ladder&, const Ladder&) = default;
};

/// `name` is what messages call the text, for example its file name. Errors name the member.
[[nodiscard]] Expected<Ladder> parse_ladder(std::string_view json, const std::string& name);
/// JSON text that parse_ladder() reads as the same ladder.
[[nodiscard]] std::string to_json(const Ladder& ladder);
/// What a session chooses from.
[[nodiscard]] Expected<Tracks> tracks_of(const Ladder& ladder);

}  // namespace rung::media
