#pragma once

#include <string>
#include <vector>

#include "core/time.h"
#include "core/units.h"
#include "media/package/packager.h"

/// The documents of a package. Both manifests name the same segments:
///
///     manifest.mpd            DASH, isoff-live profile, static; not of segments that are
///                             encrypted as a whole, which DASH has no way for
///     content.key             the key of those, unless it lies elsewhere
///     master.m3u8             HLS multivariant playlist
///     package.json            what was encoded, as `rung package --json` prints it
///     ladder.json             exact segment sizes for the simulator
///     video-<rate>/init.mp4, seg-1.m4s, ..., index.m3u8
///     audio-<rate>/...
///
/// The declared bandwidth of a representation is the peak segment rate of RFC 8216 section 4.3.4.2
/// (the highest rate of any run of segments that lasts from 0.5 to 1.5 target durations), rounded
/// up to a whole kbit/s. It is the same number in every document. DASH's promise (ISO/IEC 23009-1
/// section 5.3.5.2) follows from it: a client that has a link of @bandwidth and waits
/// for minBufferTime, one segment duration here, never runs dry. HLS adds the sound's
/// bandwidth to it, as the RFC asks. AVERAGE-BANDWIDTH is the mean over the whole title.
namespace rung::package {

struct TextFile {
  std::string name;
  std::string text;
};

/// Whether there is a DASH manifest.
[[nodiscard]] bool has_mpd(const Package& package);
/// All documents, package.json last.
[[nodiscard]] std::vector<TextFile> manifest_files(const Package& package);

[[nodiscard]] BitRate declared_bandwidth(const PackagedTrack& track);
[[nodiscard]] BitRate average_bandwidth(const PackagedTrack& track);
/// Sum of the media segments.
[[nodiscard]] ByteCount media_size(const PackagedTrack& track);
[[nodiscard]] Duration duration(const Package& package);
/// Of all video segments but the last, which may be shorter.
[[nodiscard]] Duration segment_duration(const Package& package);
/// The content of package.json.
[[nodiscard]] std::string package_json(const Package& package);

}  // namespace rung::package
