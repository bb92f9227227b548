#include "prefetch/policy.h"

#include <utility>

#include "core/check.h"

namespace rung::prefetch {

LeavesWithin leaves_within(LeftBy left_by) {
  return [left_by = std::move(left_by)](Duration position, Duration within) {
    const double left = left_by(position);
    return left < 1 ? (left_by(position + within) - left) / (1 - left) : 1;
  };
}

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

session::Request request_of(const Wish& wish, TransferId transfer, Duration buffer_level) {
  if (wish.stage == Stage::manifest)
    return session::FetchManifest{.transfer = transfer, .title = wish.title};
  constexpr Duration cadence = std::chrono::milliseconds(100);  // Its bytes are told so far.
  return session::FetchSegment{.transfer = transfer,
                               .track = wish.track,
                               .segment = wish.segment,
                               .representation = wish.representation,
                               .with_init = wish.with_init,
                               .first_progress = cadence,
                               .progress_every = cadence,
                               .purpose = session::Purpose::prefetch,
                               .title = wish.title,
                               .reason = abr::Reason::prefetched,
                               .buffer_level = buffer_level};
}

void keep(Fetched& title, const Wish& wish, ByteCount size) {
  title.bytes += size;
  if (wish.stage == Stage::manifest) return;
  std::erase_if(title.held, [&](const session::HeldSegment& held) {
    return held.track == wish.track && held.segment == wish.segment;
  });
  title.held.push_back({.track = wish.track,
                        .segment = wish.segment,
                        .representation = wish.representation,
                        .size = size});
}

}  // namespace rung::prefetch
