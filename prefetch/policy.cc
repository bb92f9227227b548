#include "prefetch/policy.h"

#include "core/check.h"

namespace rung::prefetch {

std::optional<RepresentationIndex> Fetched::representation(media::TrackKind track,
                                                           SegmentNumber segment) const {
  for (const session::HeldSegment& each : held)
    if (each.track == track && each.segment == segment) return each.representation;
  return std::nullopt;
}

std::string_view to_string(Stage stage) {
  switch (stage) {
    case Stage::manifest:
      return "manifest";
    case Stage::thin_head:
      return "thin-head";
    case Stage::full_head:
      return "full-head";
    case Stage::further:
      return "further";
  }
  RUNG_CHECK(false);
}

bool Wish::same_as(const Wish& other) const {
  return title == other.title && stage == other.stage && track == other.track &&
         segment == other.segment && representation == other.representation;
}

}  // namespace rung::prefetch
