#include <algorithm>
#include <array>
#include <span>

#include "abr/upgrade.h"
#include "session/streaming_session.h"

// Segments of the buffer that are fetched once more, in a higher representation.

namespace rung::session {

using abr::PlaybackState;

namespace {

/// Of more segments the first ones are looked at.
constexpr std::size_t most_looked_at = 64;

}  // namespace

ByteCount StreamingSession::upgrade_allowance() const {
  const auto allowed = static_cast<std::int64_t>(
      static_cast<double>((counts_.received + counts_.discarded).bytes()) * options_.upgrade_share);
  return ByteCount(allowed) - counts_.discarded - counts_.replaced;
}

TrackScheduler* StreamingSession::track_to_upgrade() {
  if (options_.upgrade_share <= 0 || tracks_->live || pinned_ || out_of_segments_ ||
      upgrades_failed_ || !forecast_)
    return nullptr;
  const PlaybackState state = buffer_.state();
  if (state != PlaybackState::playing && state != PlaybackState::paused) return nullptr;
  const bool busy = std::ranges::any_of(schedulers_, [](const auto& track) {
    return track != nullptr && (track->running() || track->attempt() > 1);
  });
  const ByteCount allowance = upgrade_allowance();
  TrackScheduler& track = *scheduler(main_track());
  const auto shown = track.track().find(buffer_.position());
  if (busy || allowance <= ByteCount{} || !shown) return nullptr;

  std::array<RepresentationIndex, most_looked_at> buffered{};
  std::size_t count = 0;
  for (SegmentNumber segment = *shown + 1; segment < track.next() && count < buffered.size();
       ++segment) {
    const auto representation = tally_.representation(segment);
    if (!representation) break;
    buffered[count++] = *representation;
  }
  const abr::DecisionContext now = context_in_real_time(track);
  const Timestamp next = next_fetch_at();
  const auto decision =
      abr::choose_upgrade({.decision = now,
                           .qoe = options_.qoe,
                           .first = *shown + 1,
                           .buffered = std::span(buffered).first(count),
                           .before_first = tally_.representation(*shown),
                           .allowance = allowance,
                           .idle = next == Timestamp::max() ? Duration::max() : next - now_});
  if (!decision) return nullptr;
  track.decide(*decision, now_);
  return &track;
}

void StreamingSession::reconsider_upgrade(TrackScheduler& track) {
  const Running& running = *track.running();
  const abr::DecisionContext decision = context_in_real_time(track);
  // Nothing is shown while playback stands still.
  const Duration until_shown =
      buffer_.state() == PlaybackState::playing
          ? buffer_.speed().time_for(track.track().start(running.segment) - buffer_.position())
          : Duration::max();
  // Nor may the title's own next segment wait for longer than was planned.
  const Duration until_due = std::max(may_fetch_at(track) - now_, Duration::zero());
  const Duration slack = decision.buffer_level / 4;
  const Duration until_late =
      until_due > Duration::max() - slack ? Duration::max() : until_due + slack;
  if (!abr::upgrade_is_late(running.seen_at(decision, std::min(until_shown, until_late)))) return;
  ++counts_.abandonments;
  upgrades_failed_ = true;
  cancel_running(track.kind());
  track.abandoned();
}

void StreamingSession::replace(TrackScheduler& track, const TransferCompleted& event) {
  const SegmentNumber segment = track.running()->segment;
  const RepresentationIndex representation = track.running()->representation;
  // Of a segment that is being shown already nothing can be replaced.
  const auto old = tally_.representation(segment);
  const bool in_time = !event.late && old && track.track().start(segment) >= buffer_.position();
  track.replaced(in_time);
  if (!in_time) {
    upgrades_failed_ = true;
    counts_.replaced += event.size;
    return;
  }
  ++counts_.upgrades;
  counts_.replaced += track.track().size(segment, *old);
  tally_.replace(track.track(), segment, representation);
}

}  // namespace rung::session
