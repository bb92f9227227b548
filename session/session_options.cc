#include "session/session_options.h"

#include <algorithm>
#include <string>

#include "session/latency_control.h"

namespace rung::session {

void take_in_chunks(SessionOptions& options, Duration delay, Duration longest) {
  options.live_chunks = true;
  options.resume_level = std::min(options.resume_level, delay / 2);
  options.buffer_capacity = std::max(options.buffer_capacity, delay + longest);
}

Expected<SessionOptions> validate(const SessionOptions& options, const media::Tracks& tracks) {
  const auto invalid = [](std::string message) {
    return failure(ErrorCode::invalid_argument, std::move(message));
  };
  if (!tracks.video && !tracks.audio) return invalid("there is neither a video nor an audio track");

  struct Positive {
    const char* name;
    Duration value;
  };
  for (const Positive& option : {Positive{"buffer_capacity", options.buffer_capacity},
                                 Positive{"startup_level", options.startup_level},
                                 Positive{"resume_level", options.resume_level},
                                 Positive{"startup_delay_target", options.startup_delay_target},
                                 Positive{"idle_timeout", options.idle_timeout},
                                 Positive{"first_idle_timeout", options.first_idle_timeout},
                                 Positive{"transfer_timeout", options.transfer_timeout},
                                 Positive{"backoff_base", options.backoff_base},
                                 Positive{"backoff_max", options.backoff_max},
                                 Positive{"progress_every", options.progress_every}}) {
    if (option.value <= Duration::zero() || option.value > std::chrono::hours(24))
      return invalid(std::string(option.name) + " must lie above 0 s and at most at 24 h");
  }
  if (options.wait_quantum < Duration::zero() || options.wait_quantum > std::chrono::hours(24))
    return invalid("wait_quantum must lie between 0 s and 24 h");
  if (options.live_delay < Duration::zero() || options.live_delay > longest_live_delay)
    return invalid("live_delay must lie between 0 s and 24 h");
  if (options.live_delay_max != Duration::zero() &&
      (options.live_delay_max < options.live_delay || options.live_delay_max > longest_live_delay))
    return invalid("live_delay_max must be 0 s, or lie between live_delay and 24 h");
  if (options.live_slowest.percent() < slowest_live_percent ||
      options.live_slowest.percent() > 100 || options.live_fastest.percent() < 100 ||
      options.live_fastest.percent() > fastest_live_percent)
    return invalid("live_slowest must lie between 0.5 and 1, live_fastest between 1 and 1.5");
  if (options.seek && (options.seek->fetched < MediaTime{} || options.seek->to < MediaTime{} ||
                       options.seek->to >= media::end_of(tracks)))
    return invalid("seek must be asked for at 0 s or later, and lead into the title");
  if (options.seek && tracks.live) return invalid("seek does not go with live titles");
  if (options.expected_throughput && *options.expected_throughput <= BitRate())
    return invalid("expected_throughput must lie above 0");
  if (options.max_attempts < 1 || options.max_attempts > 100)
    return invalid("max_attempts must lie between 1 and 100");
  if (options.backoff_max < options.backoff_base)
    return invalid("backoff_max must not lie below backoff_base");
  if (!(options.upgrade_share >= 0 && options.upgrade_share <= 1))
    return invalid("upgrade_share must lie between 0 and 1");
  if (options.upgrade_share > 0 && options.wait_quantum > Duration::zero())
    return invalid("upgrade_share does not go with wait_quantum");
  if (options.retry_after_max < Duration::zero())
    return invalid("retry_after_max must not be negative");

  for (const double penalty :
       {options.qoe.switch_penalty, options.qoe.rebuffer_penalty, options.qoe.startup_penalty})
    if (!(penalty >= 0 && penalty <= 1e6))
      return invalid("the QoE penalties must lie between 0 and 1e6");
  if (const auto fits = options.qoe.check(tracks.video ? *tracks.video : *tracks.audio); !fits)
    return tl::unexpected(fits.error());

  // A buffer that cannot hold what playback waits for, plus the segment that is on its way, would
  // wait for ever.
  Duration longest{};
  for (const auto* track : {&tracks.video, &tracks.audio})
    if (*track) longest = std::max(longest, (*track)->longest_duration());
  const Duration needed =
      std::max(options.startup_level, options.resume_level) +
      (options.capacity_rule == CapacityRule::segment ? longest : Duration::zero());
  if (options.buffer_capacity < needed)
    return invalid("buffer_capacity (" + std::to_string(to_seconds(options.buffer_capacity)) +
                   " s) must hold the level that playback waits for" +
                   (options.capacity_rule == CapacityRule::segment ? " and one segment (" : " (") +
                   std::to_string(to_seconds(needed)) + " s)");
  return options;
}

}  // namespace rung::session
