#include "session/failure_rules.h"

#include <algorithm>

namespace rung::session {

namespace {

constexpr int not_found = 404;
constexpr int request_timeout = 408;
constexpr int gone = 410;
constexpr int too_early = 425;
constexpr int too_many_requests = 429;
constexpr int server_error = 500;

/// A place from which nothing has come for so long when its transfer is given up is a bad one.
constexpr Duration longest_silence_of_a_place = std::chrono::seconds(2);

/// Playback goes on behind so many segments of a track that cannot be had, one behind the other.
constexpr int most_lost = 3;

/// A segment that is late is asked for so often in the time that it lasts, within these waits.
constexpr int late_tries_a_segment = 4;
constexpr Duration shortest_late_wait = std::chrono::milliseconds(100);
constexpr Duration longest_late_wait = std::chrono::seconds(2);
/// Other waits of a live title may at least grow to this.
constexpr Duration shortest_live_wait = std::chrono::seconds(1);
/// The newest one is asked for so many times as often as others.
constexpr int patience_at_the_edge = 2;
/// The same of a live title's segments while nobody answers, as the waits are short.
constexpr int patience_without_answer = 3;

bool is_missing(const Failure& failure) {
  return failure.kind == FailureKind::http_status &&
         (failure.http_status == not_found || failure.http_status == gone);
}

/// Of a live title the edge goes on meanwhile.
Duration longest_wait(const FailedTry& failed, const SessionOptions& options) {
  if (!failed.live) return options.backoff_max;
  return std::min(std::max(failed.lasts, shortest_live_wait), options.backoff_max);
}

/// So many times as often as others it is tried.
int patience(const FailedTry& failed) {
  if (failed.live && failed.unanswered) return patience_without_answer;
  return failed.prospect == Prospect::late && failed.newest ? patience_at_the_edge : 1;
}

}  // namespace

Prospect prospect_of(const Failure& failure) {
  switch (failure.kind) {
    case FailureKind::connection:
    case FailureKind::timeout:
    case FailureKind::truncated:
      return Prospect::may_pass;
    case FailureKind::incomplete:
      return Prospect::cut_short;
    case FailureKind::too_large:
    case FailureKind::refused:
      return Prospect::lasting;
    case FailureKind::http_status:
      break;
  }
  switch (failure.http_status) {
    case request_timeout:
    case too_early:
    case too_many_requests:
      return Prospect::may_pass;
    default:
      // A redirect led nowhere, and what came with a good one was not what had been asked for.
      return failure.http_status >= server_error ? Prospect::may_pass : Prospect::lasting;
  }
}

Prospect prospect_of(const Failure& failure, Availability segments) {
  if (segments == Availability::live && is_missing(failure)) return Prospect::late;
  return prospect_of(failure);
}

Duration backoff(int failures, Duration first, Duration most) {
  Duration wait = std::min(first, most);
  for (int failure = 1; failure < failures && wait < most; ++failure)
    wait = wait > most / 2 ? most : wait * 2;
  return wait;
}

std::optional<NextTry> next_try(const FailedTry& failed, const SessionOptions& options,
                                Random& random) {
  std::optional<RepresentationIndex> next = failed.representation;
  switch (failed.prospect) {
    case Prospect::may_pass:
    case Prospect::late:
      // The first repetition keeps the representation.
      if (failed.attempt > 1 && failed.other && *failed.other < failed.representation)
        next = failed.other;
      break;
    case Prospect::cut_short:
      if (failed.other) next = failed.other;
      break;
    case Prospect::lasting:
      next = failed.other;
      break;
  }
  const bool late = failed.prospect == Prospect::late;
  const int most = options.max_attempts * patience(failed);
  if (failed.attempt >= most || !next) return std::nullopt;

  Duration wait{};
  const bool same = *next == failed.representation;
  if (late || failed.prospect == Prospect::may_pass || same || failed.retry_after) {
    const Duration full =
        late
            ? std::clamp(failed.lasts / late_tries_a_segment, shortest_late_wait, longest_late_wait)
            : backoff(failed.attempt, options.backoff_base, longest_wait(failed, options));
    wait = from_seconds(to_seconds(full) * (0.5 + random.uniform() / 2));
    if (failed.retry_after)
      wait = std::max(wait, std::min(*failed.retry_after, options.retry_after_max));
  }
  return NextTry{.representation = *next, .wait = wait};
}

Loss loss_of(const Failure& failure, int lost_before, Following following) {
  if (lost_before >= most_lost || following == Following::none) return Loss::end;
  switch (failure.kind) {
    // The server has answered, and what it has of this segment is no good.
    case FailureKind::http_status:
    case FailureKind::truncated:
    case FailureKind::too_large:
    case FailureKind::incomplete:
      return Loss::leave_out;
    case FailureKind::connection:
    case FailureKind::timeout:
    case FailureKind::refused:
      break;
  }
  return Loss::end;
}

Duration silence_limit(const SessionOptions& options, const AskedFor& transfer) {
  if (transfer.attempt > 1 || transfer.reason == abr::Reason::abandoned)
    return options.idle_timeout;
  return std::min(std::max(transfer.buffer_level / 2, options.first_idle_timeout),
                  options.idle_timeout);
}

bool is_overdue(const Progress& progress, const SessionOptions& options) {
  return progress.silent >= progress.silent_limit || progress.running >= options.transfer_timeout;
}

PlaceRule place_after(const Failure& failure, ByteCount received) {
  // What came whole, but is no segment, the session asks for again in its own way.
  if (failure.kind == FailureKind::incomplete || received > ByteCount{}) return PlaceRule::avoid;
  return PlaceRule::go_on_there;
}

PlaceRule place_after_silence(Duration silent) {
  return silent >= longest_silence_of_a_place ? PlaceRule::avoid : PlaceRule::keep;
}

Failure of_init(const Failure& failure) {
  return is_missing(failure) ? Failure{FailureKind::incomplete, failure.http_status} : failure;
}

bool leaves_new_sound(const Failure& failure, int attempt, Availability segments) {
  return attempt > 1 || failure.kind == FailureKind::timeout ||
         prospect_of(failure, segments) == Prospect::lasting;
}

}  // namespace rung::session
