#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/check.h"
#include "core/limits.h"
#include "media/text_samples.h"
#include "media/text_tracks.h"

/// Any bytes as a document or as segments of a text track: the init segment, if there is one, is
/// what lies before the first "styp" or "moof".
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rung;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  auto type = bytes.find("styp");
  if (type == std::string_view::npos) type = bytes.find("moof");
  const std::size_t media = type == std::string_view::npos || type < 4 ? 0 : type - 4;
  const std::array<Duration, 2> offsets{std::chrono::seconds(-10), std::chrono::hours(30)};
  for (const bool hls : {false, true}) {
    media::TextPiece piece{.start = MediaTime(std::chrono::seconds(8)),
                           .end = MediaTime(std::chrono::seconds(12))};
    if (!hls) piece.shift = std::chrono::seconds(-3);
    const auto read = media::read_text(piece, bytes.substr(0, media), bytes.substr(media));
    if (!read) continue;
    RUNG_CHECK(read->cues.size() <= limits::cues);
    RUNG_CHECK(media::clock_shift(*read, piece, offsets).away >= Duration{});
    for (const media::Cue& cue : read->cues) {
      const std::string text = media::plain_text(cue);
      RUNG_CHECK(!text.empty() && text.size() <= limits::cue_text);
      RUNG_CHECK(cue.start >= MediaTime{} && cue.start < cue.end);
      const auto& place = cue.placement;
      RUNG_CHECK(place.y >= 0 && place.y <= 1 && place.left >= 0 && place.width >= 0 &&
                 place.left + place.width <= 1 + 1e-9);
    }
  }
  return 0;
}
