#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "core/check.h"
#include "media/track.h"

namespace rung::test {

/// A track of `segments` equal segments with the given ladder in kbit/s.
inline media::Track uniform_track(std::int64_t segments, Duration segment_duration,
                                  const std::vector<std::int64_t>& ladder_kbps,
                                  bool has_init = false) {
  media::Track::Part part;
  part.timeline = media::SegmentTimeline(1'000'000'000, 0, MediaTime{});
  part.timeline.append({0, segment_duration.count(), segments});
  for (const std::int64_t kbps : ladder_kbps)
    part.bandwidths.push_back(BitRate::bits_per_second(kbps * 1000));
  part.has_init = has_init;
  std::vector<media::Track::Part> parts;
  parts.push_back(std::move(part));
  auto track = media::Track::create(std::move(parts));
  RUNG_CHECK(track);
  return *std::move(track);
}

/// Six rungs of the Pensieve ladder, without audio.
inline media::Tracks video_only(std::int64_t segments,
                                Duration segment_duration = std::chrono::seconds(4)) {
  return {.video = uniform_track(segments, segment_duration, {300, 750, 1200, 1850, 2850, 4300}),
          .audio = std::nullopt};
}

inline media::Tracks video_and_audio(std::int64_t segments,
                                     Duration segment_duration = std::chrono::seconds(4)) {
  media::Tracks tracks = video_only(segments, segment_duration);
  tracks.audio = uniform_track(segments, segment_duration, {64, 128});
  return tracks;
}

}  // namespace rung::test
