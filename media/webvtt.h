#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "core/units.h"
#include "media/cue.h"

namespace rung::media {

/// Web Video Text Tracks (W3C): cues with their times, their text in bold, italic, underlined and
/// in the eight colours of section 5.1, and where they lie. Read as browsers do: what is wrong of a
/// cue costs this cue or setting. Entities are those of html_entity(). Passed over: styles,
/// regions, vertical writing (it is shown in lines), the times within a cue. Ruby text is put into
/// brackets behind its base.
struct WebVtt {
  /// Of a segment of HLS (RFC 8216 section 3.5): `local` is when the clock of the pictures and of
  /// the sound, of 90 kHz and 33 bits, shows `transport`.
  struct TimestampMap {
    Duration local{};
    std::int64_t transport = 0;
    friend bool operator==(const TimestampMap&, const TimestampMap&) = default;
  };
  std::vector<Cue> cues;  ///< In their order; their times as they are written.
  std::optional<TimestampMap> map;
  friend bool operator==(const WebVtt&, const WebVtt&) = default;
};

/// Fails where the text does not begin with "WEBVTT" (malformed) or has more than limits::cues.
[[nodiscard]] Expected<WebVtt> parse_webvtt(std::string_view text);

/// A file in pieces, as segments of HLS (RFC 8216 section 3.5): a piece has the cues that are seen
/// between the end of the one before and its own, `ends` ascending, as they are written, behind the
/// file's styles and regions. Times stay, and are told to be those of media whose time stamps begin
/// at zero. Comments and cues behind the last end are left out. Fails as parse_webvtt() does, and
/// where the pieces would take more than `most` bytes.
[[nodiscard]] Expected<std::vector<std::string>> split_webvtt(std::string_view text,
                                                              std::span<const MediaTime> ends,
                                                              ByteCount most);

/// The text of a cue, without its times.
[[nodiscard]] std::vector<TextRun> parse_cue_text(std::string_view text);
/// The settings of a cue: "line:0 align:start".
[[nodiscard]] CuePlacement parse_cue_settings(std::string_view settings);

}  // namespace rung::media
