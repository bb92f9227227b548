#include "session/segment_tally.h"

#include <algorithm>

#include "core/check.h"

namespace rung::session {

SegmentTally::SegmentTally(const abr::Qoe& qoe, bool first_counts, SegmentNumber expected)
    : qoe_(qoe), first_counts_(first_counts) {
  kept_.reserve(static_cast<std::size_t>(expected));
}

void SegmentTally::add(const media::Track& track, SegmentNumber segment,
                       RepresentationIndex representation) {
  kept_.push_back(kept(track, segment, representation));
  add(worth(kept_.size() - 1), 1);
}

void SegmentTally::replace(const media::Track& track, SegmentNumber segment,
                           RepresentationIndex representation) {
  const auto last = std::ranges::find(kept_.rbegin(), kept_.rend(), segment, &Kept::segment);
  RUNG_CHECK(last != kept_.rend());
  const auto place = static_cast<std::size_t>(kept_.rend() - last) - 1;
  const bool followed = place + 1 < kept_.size();
  add(worth(place), -1);
  if (followed) add(worth(place + 1), -1);
  kept_[place] = kept(track, segment, representation);
  add(worth(place), 1);
  if (followed) add(worth(place + 1), 1);
}

double SegmentTally::mean_kbps() const {
  if (sums_.fetched == Duration::zero()) return 0;
  return sums_.weighted_rate / to_seconds(sums_.fetched) / 1000;
}

SegmentTally::Kept SegmentTally::kept(const media::Track& track, SegmentNumber segment,
                                      RepresentationIndex representation) const {
  return {.segment = segment,
          .representation = representation,
          .part = track.place(segment).part,
          .rate = track.ladder(segment)[representation],
          .duration = track.duration(segment),
          .quality = qoe_.quality(track, segment, representation)};
}

SegmentTally::Sums SegmentTally::worth(std::size_t place) const {
  const Kept& here = kept_[place];
  Sums worth{
      .weighted_rate = static_cast<double>(here.rate.bits_per_second()) * to_seconds(here.duration),
      .fetched = here.duration};
  if (place > 0 || first_counts_) worth.quality = here.quality;
  if (place == 0) return worth;
  const Kept& before = kept_[place - 1];
  // Two representations may have the same bandwidth; in another period the same one has another
  // index.
  const bool switched = here.part == before.part ? here.representation != before.representation
                                                 : here.rate != before.rate;
  if (switched) worth.switches = 1;
  if (switched || qoe_.measured()) worth.switching = qoe_.switch_cost(before.quality, here.quality);
  return worth;
}

void SegmentTally::add(const Sums& worth, int sign) {
  sums_.weighted_rate += sign * worth.weighted_rate;
  sums_.fetched += sign * worth.fetched;
  sums_.switches += sign * worth.switches;
  sums_.quality += sign * worth.quality;
  sums_.switching += sign * worth.switching;
}

}  // namespace rung::session
