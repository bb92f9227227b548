#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "media/cue.h"

namespace rung::media {

/// Text in ISO BMFF (ISO/IEC 14496-30): WebVTT ('wvtt') and TTML ('stpp') as samples of fragments.
struct TextSampleFormat {
  enum class Entry : std::uint8_t { webvtt, ttml };
  Entry entry{};
  std::int64_t timescale = 1;         ///< Above zero.
  std::int64_t default_duration = 0;  ///< Of a sample, in ticks.
  std::int64_t default_size = 0;      ///< In bytes.
  friend bool operator==(const TextSampleFormat&, const TextSampleFormat&) = default;
};

/// From an init segment. Fails with malformed, or with unsupported where it has no text of these.
[[nodiscard]] Expected<TextSampleFormat> parse_text_init(std::string_view init);

/// A segment's cues on the time line of the track, none beyond its sample's time.
struct TextSegment {
  Duration start{};  ///< Of the first sample; zero without any.
  std::vector<Cue> cues;
  friend bool operator==(const TextSegment&, const TextSegment&) = default;
};

/// Fails with malformed or unsupported, with limit_exceeded beyond limits::cues.
[[nodiscard]] Expected<TextSegment> parse_text_segment(const TextSampleFormat& format,
                                                       std::string_view segment);

}  // namespace rung::media
