#pragma once

#include <chrono>
#include <cstdint>

namespace rung {

/// Every span of time in Rung. Integers, so sums do not depend on the order of work.
using Duration = std::chrono::duration<std::int64_t, std::nano>;

/// A span that may end between two nanoseconds, where another simulator's arithmetic is repeated.
using FineDuration = std::chrono::duration<double, std::nano>;

/// The time line of one session. It has no now(): pure code is told the time, it cannot ask.
struct SessionClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<SessionClock>;
  static constexpr bool is_steady = true;
};

/// An instant of a session, counted from the viewer's wish to play.
using Timestamp = SessionClock::time_point;

/// The time line of a presentation.
struct MediaClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MediaClock>;
  static constexpr bool is_steady = true;
};

/// A position in a presentation, counted from its start.
using MediaTime = MediaClock::time_point;

/// For output and for dimensionless weights only; decisions stay in integers where they can.
[[nodiscard]] constexpr double to_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

/// The nearest whole nanosecond, halves away from zero. `seconds` must lie within +-9.2e9.
[[nodiscard]] constexpr Duration from_seconds(double seconds) {
  const double nanoseconds = seconds * 1e9;
  return Duration(static_cast<std::int64_t>(nanoseconds + (nanoseconds < 0 ? -0.5 : 0.5)));
}

/// `ticks / timescale` seconds, rounded down to a nanosecond: exact to the last tick even for
/// time lines that run for centuries. `timescale` must be positive.
[[nodiscard]] constexpr Duration from_ticks(std::int64_t ticks, std::int64_t timescale) {
  constexpr std::int64_t second = 1'000'000'000;
  if (ticks >= 0 && timescale <= second && ticks / timescale < second)  // Fits into 64 bits.
    return Duration(ticks / timescale * second + ticks % timescale * second / timescale);
  __extension__ using Wide = __int128;
  const Wide scaled = static_cast<Wide>(ticks) * 1'000'000'000;
  const Wide quotient = scaled / timescale;
  return Duration(static_cast<std::int64_t>(quotient - (scaled % timescale < 0 ? 1 : 0)));
}

}  // namespace rung
