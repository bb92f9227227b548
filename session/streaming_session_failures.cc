#include <algorithm>

#include "session/failure_rules.h"
#include "session/streaming_session.h"

// When a session looks at a transfer that runs, and what becomes of one that fails.

namespace rung::session {

using media::TrackKind;

namespace {

/// Media of two periods may lie so far apart.
constexpr Duration longest_seam = std::chrono::milliseconds(500);

}  // namespace

StreamingSession::Cadence StreamingSession::cadence(const TrackScheduler& track,
                                                    const abr::Decision& decision) const {
  const Duration finest = options_.progress_every;
  const bool may_be_late =
      options_.abandonment && track.kind() == main_track() && decision.representation > 0;
  if (may_be_late && !decision.first_look) {
    // Nothing is late before three eighths of the buffer have gone by, and what is seen a 16th part
    // of it later is seen in time.
    const Duration slack =
        buffer_.speed().time_for(decision.reason == abr::Reason::upgrade
                                     ? track.track().start(*decision.replaces) - buffer_.position()
                                     : buffer_.level());
    return {.first = std::clamp(slack / 8 * 3, finest, std::max(finest, options_.idle_timeout)),
            .every = std::clamp(slack / 16, finest, std::max(finest, options_.idle_timeout / 4))};
  }
  // That silence has lasted too long is seen as soon as there is a report.
  const Duration silence = silence_limit(options_, {.attempt = track.attempt(),
                                                    .reason = decision.reason,
                                                    .buffer_level = buffer_.level(track.kind())});
  const Cadence for_silence{.first = std::max(silence / 2, finest),
                            .every = std::max(silence / 8, finest)};
  if (!may_be_late || *decision.first_look >= for_silence.first) return for_silence;
  const Duration first = std::chrono::ceil<Duration>(*decision.first_look);
  return {.first = first,
          .first_early = (first - *decision.first_look).count(),
          .every = for_silence.every};
}

bool StreamingSession::overdue(const Running& running) const {
  // Between two chunks of a segment that grows there may be as much time as it lasts.
  const Duration pause = running.growing ? running.media_duration : Duration::zero();
  return is_overdue(
      {.running = now_ - running.requested,
       .silent = now_ - running.last_arrival,
       .silent_limit = silence_limit(options_, {.attempt = running.attempt,
                                                .reason = running.reason,
                                                .buffer_level = running.buffer_level}) +
                       pause},
      options_);
}

void StreamingSession::retract_growing(TrackKind kind) {
  const TrackScheduler& track = *scheduler(kind);
  if (track.running()->growing) buffer_.retract(kind, track.track().start(track.next()));
}

void StreamingSession::fail_running(TrackKind kind, const Failure& failure,
                                    std::optional<Duration> retry_after) {
  TrackScheduler& track = *scheduler(kind);
  const Running& running = *track.running();
  const RepresentationIndex tried = running.representation;
  ++counts_.failures;
  counts_.discarded += running.received;
  if (running.segment != track.next()) {
    // What is to be replaced is there; whether it still should be is asked anew.
    upgrades_failed_ = true;
    track.abandoned();
    track.wait_until(now_ + options_.backoff_base);
    return;
  }

  retract_growing(kind);

  const Prospect prospect =
      prospect_of(failure, tracks_->live ? Availability::live : Availability::all_there);
  if (prospect == Prospect::cut_short || prospect == Prospect::lasting) track.exclude(tried);
  const auto next = next_try({.prospect = prospect,
                              .representation = tried,
                              .other = track.alternative(tried),
                              .attempt = track.attempt(),
                              .retry_after = retry_after,
                              .lasts = track.next_duration(),
                              .newest = is_newest(kind),
                              .live = tracks_->live,
                              .unanswered = failure.kind == FailureKind::connection},
                             options_, random_);
  if (!next) {
    lose(kind, failure);
    return;
  }
  const bool same = next->representation == tried;
  if (!same) ++counts_.fallbacks;
  track.failed({.representation = next->representation,
                .reason = same ? running.reason : abr::Reason::retry_lower},
               now_ + next->wait);
}

bool StreamingSession::is_newest(TrackKind kind) const {
  const TrackScheduler& track = *scheduler(kind);
  return track.next() + 1 >= track.track().segment_count();
}

void StreamingSession::lose(TrackKind kind, const Failure& failure) {
  TrackScheduler& track = *scheduler(kind);
  const auto following = tracks_->live || !is_newest(kind) ? Following::some : Following::none;
  if (loss_of(failure, track.lost(), following) == Loss::end) {
    track.give_up();
    buffer_.close_hole(kind);
    if (buffer_.hole() == abr::PlaybackBuffer::Hole{}) leave_hole();
    out_of_segments_ = true;
    return;
  }
  const MediaTime begin = track.track().start(track.next());
  if (!buffer_.leave_out(kind, {.begin = begin, .end = begin + track.next_duration()})) {
    track.abandoned(
        {.representation = track.running()->representation, .reason = abr::Reason::retry_lower});
    behind_hole_[static_cast<std::size_t>(kind)] = true;
    return;
  }
  ++counts_.losses;
  track.lose();
  hole_ahead_ = true;
  leave_gap(kind);
}

bool StreamingSession::stuck_before_hole() const {
  const abr::PlaybackState state = buffer_.state();
  if (state == abr::PlaybackState::playing || state == abr::PlaybackState::paused) return false;
  for (const TrackKind kind : {TrackKind::video, TrackKind::audio})
    if (behind_hole_[static_cast<std::size_t>(kind)] && buffer_.level(kind) == Duration::zero())
      return true;
  return false;
}

void StreamingSession::leave_gap(TrackKind kind) {
  const TrackScheduler& track = *scheduler(kind);
  if (track.finished()) return;
  const MediaTime begin = buffer_.buffered_end(kind);
  const MediaTime end = track.track().start(track.next());
  const auto has_media = [&](TrackKind other) {
    const auto& beside = tracks_->of(other);
    const auto segment = beside ? beside->find(begin + longest_seam) : std::nullopt;
    return segment && beside->start(*segment) + longest_seam < end;
  };
  if (end - begin <= longest_seam || has_media(TrackKind::video) || has_media(TrackKind::audio))
    return;
  // Where another one lies ahead this one is waited through.
  if (buffer_.leave_out(kind, {.begin = begin, .end = end})) hole_ahead_ = true;
}

void StreamingSession::cross_hole() {
  const abr::PlaybackBuffer::Hole& hole = buffer_.hole();
  if (buffer_.position() < hole.end) return;
  // Where the viewer goes elsewhere nothing of what was there is kept.
  to_seek_ = SeekPlayback{.position = buffer_.position(),
                          .keep_media = !to_seek_ || to_seek_->keep_media,
                          .left_out = hole.end - hole.begin};
  leave_hole();
}

void StreamingSession::leave_hole() {
  crossed_to_ = std::max(crossed_to_, std::min(buffer_.hole().end, buffer_.position()));
  hole_ahead_ = false;
  behind_hole_ = {};
}

}  // namespace rung::session
