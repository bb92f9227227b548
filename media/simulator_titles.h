#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/expected.h"
#include "media/ladder.h"

namespace rung::media {

// Titles in the formats of other simulators, as ladders without audio.

/// Whether the text is a title of Sabre's rather than a ladder of ours.
[[nodiscard]] bool is_sabre_movie(std::string_view json);

/// A movie of Sabre's (github.com/UMass-LIDS/sabre): segment_duration_ms, bitrates_kbps (ascending)
/// and segment_sizes_bits, a list by segment of lists by representation; other members are ignored,
/// as Sabre does. A size that is no whole number of bytes is rounded up. Errors name the member.
[[nodiscard]] Expected<Ladder> parse_sabre_movie(std::string_view json, const std::string& name);

/// Pensieve's files video_size_0, video_size_1, ... (github.com/hongzimao/pensieve): `files` are
/// their texts in that order, one segment's bytes a line. Segments last 4 s. Six files are
/// Pensieve's own ladder of 300, 750, 1200, 1850, 2850 and 4300 kbit/s; for another number of them
/// a representation's bandwidth is its mean. `vmaf` are the texts of Comyco's files video1 (of the
/// highest representation), video2, ... (github.com/thu-media/Comyco), one segment's VMAF a line;
/// none, or as many as there are sizes. Errors name the file and the line. `name` is the folder's.
[[nodiscard]] Expected<Ladder> parse_pensieve_sizes(std::span<const std::string> files,
                                                    std::span<const std::string> vmaf,
                                                    const std::string& name);

}  // namespace rung::media
