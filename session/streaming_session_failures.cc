#include <algorithm>

#include "session/streaming_session.h"

// When a session looks at a transfer that runs, and what it does where one fails.

namespace rung::session {

namespace {

using media::TrackKind;

/// Answers that say that the resource is not there, so that the same request would fail again; a
/// redirect is one where it led nowhere.
bool is_missing(int http_status) {
  return http_status >= 300 && http_status < 500 && http_status != 408 && http_status != 425 &&
         http_status != 429;
}

}  // namespace

StreamingSession::Cadence StreamingSession::cadence(TrackKind kind,
                                                    const abr::Decision& decision) const {
  const Duration finest = options_.progress_every;
  // That silence has lasted too long is seen as soon as there is a report.
  const Duration silence = silence_limit(scheduler(kind)->attempt(), buffer_.level(kind));
  const Cadence for_silence{.first = std::max(silence / 2, finest),
                            .every = std::max(silence / 8, finest)};
  const bool may_be_late =
      options_.abandonment && kind == main_track() && decision.representation > 0;
  if (!may_be_late) return for_silence;
  if (decision.first_look) {
    if (*decision.first_look >= for_silence.first) return for_silence;
    const Duration first = std::chrono::ceil<Duration>(*decision.first_look);
    return {.first = first,
            .first_early = (first - *decision.first_look).count(),
            .every = for_silence.every};
  }
  // Nothing is late before three eighths of the buffer have gone by, and what is seen a 16th part
  // of it later is seen in time.
  const Duration slack = buffer_.speed().time_for(buffer_.level());
  return {.first = std::clamp(slack / 8 * 3, finest, std::max(finest, options_.idle_timeout)),
          .every = std::clamp(slack / 16, finest, std::max(finest, options_.idle_timeout / 4))};
}

Duration StreamingSession::silence_limit(int attempt, Duration level) const {
  if (attempt > 1) return options_.idle_timeout;
  return std::min(std::max(level / 2, options_.first_idle_timeout), options_.idle_timeout);
}

Duration StreamingSession::idle_limit(const Running& running) const {
  // Between two chunks of a segment that grows there may be as much time as it lasts.
  const Duration pause = running.growing ? running.media_duration : Duration::zero();
  return silence_limit(running.attempt, running.buffer_level) + pause;
}

StreamingSession::Repetition StreamingSession::repetition_after(const TransferFailed& event) const {
  switch (event.kind) {
    case FailureKind::too_large:
    case FailureKind::refused:
      return Repetition::elsewhere;
    case FailureKind::incomplete:
      return Repetition::elsewhere_first;
    case FailureKind::http_status:
      return is_missing(event.http_status) && !is_late(event.http_status) ? Repetition::elsewhere
                                                                          : Repetition::same_place;
    case FailureKind::connection:
    case FailureKind::timeout:
    case FailureKind::truncated:
      break;
  }
  return Repetition::same_place;
}

void StreamingSession::fail_running(TrackKind kind, Repetition repetition,
                                    std::optional<Duration> retry_after) {
  TrackScheduler& track = *scheduler(kind);
  const Running& running = *track.running();
  const RepresentationIndex tried = running.representation;
  ++counts_.failures;
  counts_.discarded += running.received;
  if (running.segment != track.next()) {
    // What is to be replaced is there; whether it still should be is asked anew.
    track.abandoned();
    track.wait_until(now_ + options_.backoff_base);
    return;
  }

  if (running.growing) buffer_.retract(kind, track.track().start(track.next()));

  if (repetition != Repetition::same_place) track.exclude(tried);
  const std::optional<RepresentationIndex> other = track.alternative(tried);
  std::optional<RepresentationIndex> next = tried;
  if (repetition == Repetition::elsewhere || (repetition == Repetition::elsewhere_first && other)) {
    next = other;
  } else if (track.attempt() > 1 && other && *other < tried) {
    // The first repetition of a failure that may pass keeps the representation.
    next = other;
  }
  if (track.attempt() >= options_.max_attempts || !next) {
    track.give_up();
    out_of_segments_ = true;
    return;
  }
  if (*next != tried) ++counts_.fallbacks;

  Duration wait{};
  if (repetition == Repetition::same_place || *next == tried || retry_after) {
    const int doublings = std::min(track.attempt() - 1, 30);
    const Duration full =
        std::min(options_.backoff_max, options_.backoff_base * (std::int64_t{1} << doublings));
    wait = from_seconds(to_seconds(full) * (0.5 + random_.uniform() / 2));
    if (retry_after) wait = std::max(wait, std::min(*retry_after, options_.retry_after_max));
  }
  const abr::Reason reason = *next == tried ? running.reason : abr::Reason::retry_lower;
  track.failed({.representation = *next, .reason = reason}, now_ + wait);
}

bool StreamingSession::is_late(int http_status) const {
  return tracks_->live && (http_status == 404 || http_status == 410);
}

}  // namespace rung::session
