#pragma once

#include <string_view>
#include <vector>

#include "core/expected.h"
#include "media/cue.h"

namespace rung::media {

/// Timed Text Markup Language (W3C TTML1, TTML2) in its profile of text for subtitles (IMSC1,
/// EBU-TT-D): paragraphs with their times, also of the elements around them and of spans; regions
/// with origin, extent, displayAlign; textAlign, color, fontStyle, fontWeight, textDecoration, on
/// elements and through styles. White space counts as one blank. Passed over: animation, sequential
/// time containers, backgrounds, sizes and families of fonts, vertical writing.
///
/// Cues in document order, their times as they are written; one without an end lasts for
/// furthest_time. Fails (malformed) where it is no TTML, with unsupported where its subtitles are
/// pictures, with limit_exceeded beyond limits::cues.
[[nodiscard]] Expected<std::vector<Cue>> parse_ttml(std::string_view text);

}  // namespace rung::media
