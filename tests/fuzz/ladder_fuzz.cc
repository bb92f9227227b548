#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/check.h"
#include "media/ladder.h"

/// Any bytes as a ladder; what is accepted makes tracks and survives being written and read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto ladder = rung::media::parse_ladder(text, "ladder");
  if (!ladder) return 0;
  RUNG_CHECK(rung::media::tracks_of(*ladder).has_value());
  const auto again = rung::media::parse_ladder(rung::media::to_json(*ladder), "written");
  RUNG_CHECK(again.has_value());
  RUNG_CHECK(again->video.segment_count == ladder->video.segment_count);
  return 0;
}
