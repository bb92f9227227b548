#pragma once

#include <chrono>

#include "core/time.h"
#include "core/units.h"
#include "network_sim/trace.h"

namespace rung::network_sim {

/// What tells that a trace was taken from what a client that adapts downloaded, and not from what
/// the link could carry. A session simulated on such a trace is held to the choices of the other
/// client: where it paused there is no capacity, and its small transfers look like a slow link.
struct GoodputSigns {
  /// Pauses of pause_length and more (rates of pause_rate and less), between pieces that carry
  /// more: a client with a full buffer asks once a segment, and the link rests in between.
  double pauses_a_minute = 0;
  /// Of the logarithms of duration and rate over the pieces that carry something. In a list of
  /// transfers the short ones come out slow, for the round trip counts in them; a link knows of no
  /// transfers. Zero where fewer than 30 pieces, or pieces of nearly one length, tell nothing.
  double rate_by_duration = 0;

  static constexpr Duration pause_length = std::chrono::milliseconds(500);
  static constexpr BitRate pause_rate = BitRate::bits_per_second(10'000);
  /// From here on a trace is suspected; docs/trace-format.md has what this finds.
  static constexpr double most_pauses_a_minute = 6;
  static constexpr double most_rate_by_duration = 0.5;

  [[nodiscard]] bool paused() const { return pauses_a_minute >= most_pauses_a_minute; }
  [[nodiscard]] bool by_transfer() const { return rate_by_duration >= most_rate_by_duration; }
  [[nodiscard]] bool suspect() const { return paused() || by_transfer(); }
};

[[nodiscard]] GoodputSigns goodput_signs(const Trace& trace);

}  // namespace rung::network_sim
