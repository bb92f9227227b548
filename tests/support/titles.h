#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "core/check.h"
#include "core/random.h"
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

/// `track` with looks at random: mostly the better the higher the representation.
inline media::Track with_looks(const media::Track& track, Random& random) {
  std::vector<media::Track::Part> parts = track.parts();
  for (media::Track::Part& part : parts)
    for (SegmentNumber segment = 0; segment < part.timeline.size(); ++segment)
      for (std::size_t i = 0; i < part.bandwidths.size(); ++i) {
        const double share =
            static_cast<double>(i + 1) / static_cast<double>(part.bandwidths.size());
        part.ssim.push_back(1 - 0.1 * random.uniform() / (1 + 20 * share));
        part.vmaf.push_back(100 * share * (0.5 + random.uniform() / 2));
      }
  auto made = media::Track::create(std::move(parts));
  RUNG_CHECK(made);
  return *std::move(made);
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
