#pragma once

#include <optional>

#include "prefetch/policy.h"

namespace rung::prefetch {

/// How much of a title its steps are about.
struct HeadLengths {
  Duration thin = std::chrono::seconds(2);
  Duration full = std::chrono::seconds(6);
  Duration further = std::chrono::seconds(12);
};

/// What a manifest is taken to weigh before it is there.
inline constexpr ByteCount typical_manifest{8 * 1024};
/// What an init segment is taken to weigh.
inline constexpr ByteCount typical_init{1024};

/// The first step of the candidate's ladder that has not been taken yet, at most `last`; none where
/// all have. Without a gain.
[[nodiscard]] std::optional<Wish> next_step(const View& view, std::size_t title, Stage last,
                                            const HeadLengths& lengths = {});

/// The segment that playback begins with: the first one of all where the track has nothing there.
[[nodiscard]] SegmentNumber first_segment(const media::Track& track, MediaTime begins);

/// The representation that the title would start with where it begins, on a link of that forecast.
[[nodiscard]] RepresentationIndex startup_representation(const media::Track& track,
                                                         MediaTime begins,
                                                         const abr::Forecast& forecast);

}  // namespace rung::prefetch
