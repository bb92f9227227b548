#include <algorithm>

#include "session/failure_rules.h"
#include "session/streaming_session.h"

// When a session looks at a transfer that runs, and what becomes of one that fails.

namespace rung::session {

using media::TrackKind;

StreamingSession::Cadence StreamingSession::cadence(TrackKind kind,
                                                    const abr::Decision& decision) const {
  const Duration finest = options_.progress_every;
  const bool may_be_late =
      options_.abandonment && kind == main_track() && decision.representation > 0;
  if (may_be_late && !decision.first_look) {
    // Nothing is late before three eighths of the buffer have gone by, and what is seen a 16th part
    // of it later is seen in time.
    const Duration slack = buffer_.speed().time_for(buffer_.level());
    return {.first = std::clamp(slack / 8 * 3, finest, std::max(finest, options_.idle_timeout)),
            .every = std::clamp(slack / 16, finest, std::max(finest, options_.idle_timeout / 4))};
  }
  // That silence has lasted too long is seen as soon as there is a report.
  const Duration silence = silence_limit(options_, {.attempt = scheduler(kind)->attempt(),
                                                    .reason = decision.reason,
                                                    .buffer_level = buffer_.level(kind)});
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

void StreamingSession::fail_running(TrackKind kind, Prospect prospect,
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

  retract_growing(kind);

  if (prospect != Prospect::may_pass) track.exclude(tried);
  const auto next = next_try({.prospect = prospect,
                              .representation = tried,
                              .other = track.alternative(tried),
                              .attempt = track.attempt(),
                              .retry_after = retry_after},
                             options_, random_);
  if (!next) {
    track.give_up();
    out_of_segments_ = true;
    return;
  }
  const bool same = next->representation == tried;
  if (!same) ++counts_.fallbacks;
  track.failed({.representation = next->representation,
                .reason = same ? running.reason : abr::Reason::retry_lower},
               now_ + next->wait);
}

}  // namespace rung::session
