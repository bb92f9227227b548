#pragma once

#include <string_view>
#include <vector>

#include "core/expected.h"
#include "media/cue.h"

namespace rung::media {

/// Timed Text Markup Language (W3C TTML1, TTML2) in its profile of text for subtitles (IMSC1,
/// EBU-TT-D): paragraphs with their times, also of the elements around them and of spans; regions
/// with origin, extent, displayAlign; textAlign, color, fontStyle, fontWeight, textDecoration,
/// display and visibility, on elements, on their region and through styles. White space counts as
/// one blank. Where spans have times of their own, their paragraph is a cue for each time between
/// two changes. An element with a time that cannot be read is left out. Passed over: animation,
/// sequential time containers, backgrounds, sizes and families of fonts, vertical writing.
///
/// In UTF-8 or, with a byte order mark, in UTF-16. Cues in document order, their times as they are
/// written; one without an end lasts for furthest_time. Fails (malformed) where it is no TTML, with
/// unsupported where its subtitles are pictures, with limit_exceeded beyond limits::cues or with
/// more spans with times of their own than can be looked through.
[[nodiscard]] Expected<std::vector<Cue>> parse_ttml(std::string_view text);

}  // namespace rung::media
