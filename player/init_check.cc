#include "player/init_check.h"

#include <algorithm>

#include "media/decode/decoder.h"
#include "media/sample_protection.h"

namespace rung::player {

std::optional<InitCheck::Refusal> InitCheck::refusal(const session::FetchSegment& request,
                                                     const media::Track& track,
                                                     std::span<const std::byte> init) {
  const auto formats =
      media::sample_formats({reinterpret_cast<const char*>(init.data()), init.size()});
  // What is no ISO BMFF only its demuxer knows.
  if (formats.empty() || std::ranges::any_of(formats, decode::can_decode)) return std::nullopt;
  const std::size_t part = track.place(request.segment).part;
  auto& refused = refused_[{request.track, part}];
  refused.insert(request.representation);
  return Refusal{.message = "there is no decoder for \"" + formats.front() + '"',
                 .none_left = refused.size() == track.parts()[part].bandwidths.size()};
}

void InitCheck::forget(media::TrackKind track) {
  std::erase_if(refused_, [&](const auto& entry) { return entry.first.first == track; });
}

}  // namespace rung::player
