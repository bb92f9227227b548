#include "session/segment_tally.h"

#include <algorithm>

#include "core/check.h"
#include "core/limits.h"

namespace rung::session {

namespace {

/// More than most buffers hold; it grows where they hold more.
constexpr std::size_t least_capacity = 64;

static_assert(limits::representations <= 256, "their indices are kept in bytes");

}  // namespace

SegmentTally::SegmentTally(const abr::Qoe& qoe, bool first_counts)
    : qoe_(qoe), first_counts_(first_counts) {
  run_.reserve(least_capacity);
}

void SegmentTally::add(const media::Track& track, SegmentNumber segment,
                       RepresentationIndex representation, MediaTime shown) {
  const std::optional<Kept> before = last_;
  const Kept& here = last_.emplace(track, segment, representation, qoe_);
  sums_ += worth(before, here);
  if (segment != run_begin_ + static_cast<SegmentNumber>(run_.size())) {
    before_run_ = before;
    run_begin_ = segment;
    run_.clear();
  }
  if (run_.size() == run_.capacity()) forget(track, shown);
  run_.push_back(static_cast<std::uint8_t>(representation));
  ++segments_;
}

void SegmentTally::replace(const media::Track& track, SegmentNumber segment,
                           RepresentationIndex representation) {
  const SegmentNumber end = run_begin_ + static_cast<SegmentNumber>(run_.size());
  RUNG_CHECK(segment >= run_begin_ && segment < end);
  const auto place = static_cast<std::size_t>(segment - run_begin_);
  const bool followed = segment + 1 < end;
  const std::optional<Kept> before =
      place > 0 ? Kept(track, segment - 1, run_[place - 1], qoe_) : before_run_;
  const Kept old(track, segment, run_[place], qoe_);
  const Kept here(track, segment, representation, qoe_);
  sums_ -= worth(before, old);
  if (followed) sums_ -= worth(old, Kept(track, segment + 1, run_[place + 1], qoe_));
  sums_ += worth(before, here);
  if (followed) sums_ += worth(here, Kept(track, segment + 1, run_[place + 1], qoe_));
  run_[place] = static_cast<std::uint8_t>(representation);
  if (!followed) last_ = here;
}

std::optional<RepresentationIndex> SegmentTally::representation(SegmentNumber segment) const {
  const SegmentNumber place = segment - run_begin_;
  if (place < 0 || place >= static_cast<SegmentNumber>(run_.size())) return std::nullopt;
  return run_[static_cast<std::size_t>(place)];
}

void SegmentTally::forget(const media::Track& track, MediaTime shown) {
  // The first one that begins at `shown` or later.
  SegmentNumber kept_from = track.find(shown).value_or(track.segment_count());
  if (kept_from < track.segment_count() && track.start(kept_from) < shown) ++kept_from;
  const auto count = static_cast<std::size_t>(std::clamp(kept_from - run_begin_, SegmentNumber{0},
                                                         static_cast<SegmentNumber>(run_.size())));
  if (count == 0) return;
  run_begin_ += static_cast<SegmentNumber>(count);
  before_run_.emplace(track, run_begin_ - 1, run_[count - 1], qoe_);
  run_.erase(run_.begin(), run_.begin() + static_cast<std::ptrdiff_t>(count));
}

double SegmentTally::mean_kbps() const {
  if (sums_.fetched == Duration::zero()) return 0;
  return sums_.weighted_rate / to_seconds(sums_.fetched) / 1000;
}

SegmentTally::Kept::Kept(const media::Track& track, SegmentNumber segment,
                         RepresentationIndex index, const abr::Qoe& qoe)
    : representation(index), quality(qoe.quality(track, segment, index)) {
  const media::Track::Place at = track.place(segment);
  const media::Track::Part& here = track.parts()[at.part];
  part = at.part;
  rate = here.bandwidths[index];
  duration = here.timeline.duration(at.index);
}

SegmentTally::Sums SegmentTally::worth(const std::optional<Kept>& before, const Kept& here) const {
  Sums worth{
      .weighted_rate = static_cast<double>(here.rate.bits_per_second()) * to_seconds(here.duration),
      .fetched = here.duration};
  if (before || first_counts_) worth.quality = here.quality;
  if (!before) return worth;
  // Two representations may have the same bandwidth; in another period the same one has another
  // index.
  const bool switched = here.part == before->part ? here.representation != before->representation
                                                  : here.rate != before->rate;
  if (switched) worth.switches = 1;
  if (switched || qoe_.measured())
    worth.switching = qoe_.switch_cost(before->quality, here.quality);
  return worth;
}

SegmentTally::Sums& SegmentTally::Sums::operator+=(const Sums& other) {
  weighted_rate += other.weighted_rate;
  fetched += other.fetched;
  switches += other.switches;
  quality += other.quality;
  switching += other.switching;
  return *this;
}

SegmentTally::Sums& SegmentTally::Sums::operator-=(const Sums& other) {
  weighted_rate -= other.weighted_rate;
  fetched -= other.fetched;
  switches -= other.switches;
  quality -= other.quality;
  switching -= other.switching;
  return *this;
}

}  // namespace rung::session
