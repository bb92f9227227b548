#include "session/timeline.h"

#include <algorithm>
#include <cstddef>
#include <variant>

namespace rung::session {
namespace {

/// A level that differs by less from the line between its neighbours is not drawn: an output's
/// small corrections, ten of them a second.
constexpr Duration visible = std::chrono::milliseconds(50);

}  // namespace

void TimelineRecorder::requested(const Request& request, const StreamingSession& session) {
  const Timestamp now = session.buffer().now();
  if (const auto* fetch = std::get_if<FetchSegment>(&request)) {
    const media::Tracks& tracks = session.tracks();
    const media::TrackKind main = tracks.video ? media::TrackKind::video : media::TrackKind::audio;
    if (fetch->track != main) return;
    open_.push_back({.transfer = fetch->transfer, .index = timeline_.transfers.size()});
    timeline_.transfers.push_back(
        {.begin = now,
         .end = now,
         .bandwidth = tracks.of(main)->ladder(fetch->segment)[fetch->representation],
         .received = {}});
  } else if (const auto* given_up = std::get_if<CancelTransfer>(&request)) {
    conclude(given_up->transfer, now, std::nullopt, false);
  }
}

void TimelineRecorder::happened(const Event& event) {
  if (const auto* progressed = std::get_if<TransferProgressed>(&event)) {
    for (const Open& open : open_)
      if (open.transfer == progressed->transfer)
        timeline_.transfers[open.index].received = progressed->received;
  } else if (const auto* completed = std::get_if<TransferCompleted>(&event)) {
    conclude(completed->transfer, completed->at, completed->size, true);
  } else if (const auto* failed = std::get_if<TransferFailed>(&event)) {
    conclude(failed->transfer, failed->at, failed->received, false);
  }
}

void TimelineRecorder::conclude(TransferId transfer, Timestamp at,
                                std::optional<ByteCount> received, bool complete) {
  const auto found = std::ranges::find(open_, transfer, &Open::transfer);
  if (found == open_.end()) return;
  Timeline::Transfer& drawn = timeline_.transfers[found->index];
  drawn.end = at;
  drawn.received = received.value_or(drawn.received);
  drawn.complete = complete;
  open_.erase(found);
}

void TimelineRecorder::settled(const abr::PlaybackBuffer& buffer) {
  using abr::PlaybackState;
  const Timestamp now = buffer.now();
  if (!timeline_.started && buffer.state() != PlaybackState::starting)
    timeline_.started = Timestamp(buffer.startup_delay());
  if (!last_) {
    add(now, buffer.level());
    last_ = buffer;
    return;
  }
  abr::PlaybackBuffer left_alone = *last_;
  left_alone.advance(now);
  const bool ran_dry =
      last_->state() == PlaybackState::playing && left_alone.state() == PlaybackState::stalled;
  if (ran_dry) {
    stalled_since_ = last_->dry_at();
    add(*stalled_since_, Duration::zero());
  }
  if (buffer.state() == PlaybackState::stalled && !stalled_since_) stalled_since_ = now;
  if (buffer.state() != PlaybackState::stalled && stalled_since_) {
    timeline_.stalls.push_back({.begin = *stalled_since_, .end = now});
    stalled_since_.reset();
  }
  const Duration jump = buffer.level() - left_alone.level();
  if (jump > visible || jump < -visible || buffer.state() != last_->state()) {
    add(now, left_alone.level());
    add(now, buffer.level());
  }
  last_ = buffer;
}

void TimelineRecorder::finish(const abr::PlaybackBuffer& buffer) {
  settled(buffer);
  add(buffer.now(), buffer.level());
  if (stalled_since_) timeline_.stalls.push_back({.begin = *stalled_since_, .end = buffer.now()});
  stalled_since_.reset();
  for (const Open& open : open_) timeline_.transfers[open.index].end = buffer.now();
  open_.clear();
  timeline_.end = buffer.now();
}

void TimelineRecorder::add(Timestamp at, Duration level) {
  const Timeline::Point point{.at = at, .level = level};
  std::vector<Timeline::Point>& points = timeline_.buffer;
  // A level that stays needs its first and last point alone.
  const std::size_t count = points.size();
  if (count > 1 && points[count - 1].level == level && points[count - 2].level == level)
    points.pop_back();
  if (points.empty() || points.back() != point) points.push_back(point);
}

}  // namespace rung::session
