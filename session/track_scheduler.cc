#include "session/track_scheduler.h"

#include <algorithm>

#include "abr/ladder.h"
#include "core/check.h"

namespace rung::session {

namespace {

constexpr Duration recent = std::chrono::seconds(1);
/// A server that sends fewer bytes than this between two reports is as good as silent.
constexpr ByteCount trickle{64};

}  // namespace

TrackScheduler::Running::Running(const FetchSegment& request, Timestamp now)
    : transfer(request.transfer),
      segment(request.segment),
      representation(request.representation),
      with_init(request.with_init),
      growing(request.growing),
      attempt(request.attempt),
      reason(request.reason),
      buffer_level(request.buffer_level),
      requested(now),
      last_arrival(now),
      newer({.at = Timestamp::min(), .received = {}}) {}

std::optional<BitRate> TrackScheduler::Running::recent_rate(Timestamp now) const {
  if (!first_byte || now - older.at < recent) return std::nullopt;
  return (received - older.received) / (now - older.at);
}

abr::TransferContext TrackScheduler::Running::seen_at(const abr::DecisionContext& decision,
                                                      Duration deadline) const {
  return {.decision = decision,
          .representation = representation,
          .requested = requested,
          .first_byte = first_byte,
          .received = received,
          .expected = expected,
          .recent = recent_rate(decision.now),
          .deadline = deadline};
}

TrackScheduler::TrackScheduler(media::TrackKind kind, const media::Track& track)
    : kind_(kind), track_(&track), parts_(track.parts().size()) {
  for (const media::Track::Part& part : track.parts())
    RUNG_CHECK(part.bandwidths.size() <= limits::representations);
  reset_segment();
}

bool TrackScheduler::needs_init(SegmentNumber segment, RepresentationIndex representation) const {
  const std::size_t part = track_->place(segment).part;
  return track_->parts()[part].has_init && !parts_[part].init_here[representation];
}

void TrackScheduler::decide(const abr::Decision& decision, Timestamp not_before) {
  decided_ = decision;
  not_before_ = not_before;
}

void TrackScheduler::started(const FetchSegment& request, Timestamp now) {
  RUNG_CHECK(!running_ && request.segment <= next_);
  Running& running = running_.emplace(request, now);
  running.expected = track_->size(request.segment, request.representation);
  running.media_duration = next_duration_;
}

void TrackScheduler::progressed(std::optional<Timestamp> first_byte,
                                std::optional<Timestamp> last_byte, ByteCount received,
                                std::optional<ByteCount> expected, Timestamp now) {
  RUNG_CHECK(running_);
  if (first_byte) running_->first_byte = std::clamp(*first_byte, running_->requested, now);
  if (received - running_->received >= trickle)
    running_->last_arrival = std::clamp(last_byte.value_or(now), running_->last_arrival, now);
  running_->received = std::max(running_->received, received);
  if (expected) running_->expected = *expected;
  if (!first_byte) return;
  // The first mark is where the body began, so that latency does not count as a slow link.
  if (running_->newer.at < *running_->first_byte)
    running_->older = running_->newer = {.at = *running_->first_byte, .received = {}};
  if (now - running_->newer.at >= recent) {
    running_->older = running_->newer;
    running_->newer = {.at = now, .received = running_->received};
  }
}

void TrackScheduler::completed() {
  RUNG_CHECK(running_);
  const RepresentationIndex arrived = running_->representation;
  const std::size_t part = track_->place(next_).part;
  if (running_->with_init) parts_[part].init_here.set(arrived);
  parts_[part].came.set(arrived);
  if (excluded_.any()) {
    const auto missing = excluded_ & ~parts_[part].came;
    parts_[part].dropped |= parts_[part].excluded & missing;
    parts_[part].excluded |= missing;
  }
  running_.reset();
  ++next_;
  lost_ = 0;
  previous_ = arrived;
  carry_over();
  reset_segment();
}

void TrackScheduler::lose() {
  RUNG_CHECK(running_);
  running_.reset();
  ++next_;
  ++lost_;
  carry_over();
  reset_segment();
}

void TrackScheduler::carry_over() {
  if (!previous_ || finished() || track_->place(next_).part == track_->place(next_ - 1).part)
    return;
  previous_ = abr::highest_within(track_->ladder(next_), track_->ladder(next_ - 1)[*previous_]);
}

void TrackScheduler::replaced(bool kept) {
  RUNG_CHECK(running_ && running_->segment < next_);
  const std::size_t part = track_->place(running_->segment).part;
  if (running_->with_init) parts_[part].init_here.set(running_->representation);
  if (kept && running_->segment + 1 == next_ && (finished() || track_->place(next_).part == part))
    previous_ = running_->representation;
  abandoned();
}

void TrackScheduler::abandoned(const abr::Decision& decision) {
  RUNG_CHECK(running_);
  running_.reset();
  decide(decision, Timestamp::min());
}

void TrackScheduler::abandoned() {
  RUNG_CHECK(running_);
  running_.reset();
  decided_.reset();
  not_before_ = Timestamp::min();
}

void TrackScheduler::undecide() {
  RUNG_CHECK(!running_);
  if (!decided_) return;
  decided_.reset();
  not_before_ = Timestamp::min();
}

void TrackScheduler::failed(const abr::Decision& decision, Timestamp not_before) {
  RUNG_CHECK(running_);
  running_.reset();
  ++attempt_;
  decide(decision, not_before);
}

void TrackScheduler::give_up() {
  RUNG_CHECK(running_);
  running_.reset();
}

void TrackScheduler::exclude(RepresentationIndex representation) { excluded_.set(representation); }

bool TrackScheduler::excluded(RepresentationIndex representation) const {
  return excluded_[representation] || parts_[track_->place(next_).part].dropped[representation];
}

std::optional<RepresentationIndex> TrackScheduler::alternative(
    RepresentationIndex representation) const {
  for (RepresentationIndex lower = representation; lower-- > 0;)
    if (!excluded(lower)) return lower;
  const std::size_t rungs = track_->ladder(next_).size();
  for (RepresentationIndex higher = representation + 1; higher < rungs; ++higher)
    if (!excluded(higher)) return higher;
  return std::nullopt;
}

void TrackScheduler::grew(const media::Track& track) {
  // `track_` may be the same object, which has changed: what was kept tells.
  const bool waited = next_duration_ == Duration::zero();
  track_ = &track;
  parts_.resize(track.parts().size());
  if (finished()) return;
  if (!waited) {
    next_duration_ = track.duration(next_);
    if (running_ && running_->segment == next_) running_->media_duration = next_duration_;
    return;
  }
  carry_over();
  reset_segment();
}

void TrackScheduler::seek(std::optional<SegmentNumber> segment) {
  next_ = segment.value_or(track_->segment_count());
  previous_.reset();
  lost_ = 0;
  running_.reset();
  reset_segment();
}

void TrackScheduler::reset_segment() {
  next_duration_ = finished() ? Duration::zero() : track_->duration(next_);
  attempt_ = 1;
  not_before_ = Timestamp::min();
  decided_.reset();
  excluded_.reset();
}

}  // namespace rung::session
