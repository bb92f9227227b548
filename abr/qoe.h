#pragma once

#include "core/time.h"
#include "core/units.h"

namespace rung::abr {

/// QoE_lin of the MPC and Pensieve papers: the sum over segments of q(R), less the switches between
/// neighbours, less rebuffering, with q(R) = R in Mbit/s. Start-up counts as rebuffering with a
/// weight of its own.
///
/// Sources: Yin et al., "A control-theoretic approach for dynamic adaptive video streaming over
/// HTTP", SIGCOMM 2015, equation 5 (mu = 3000 kbit/s per second, there "balanced");
/// Mao et al., "Neural adaptive video streaming with Pensieve", SIGCOMM 2017, table 1 (mu = 4.3 =
/// the highest rung's bitrate in Mbit/s).
struct QoeLin {
  double switch_penalty = 1.0;    ///< Per Mbit/s of difference.
  double rebuffer_penalty = 4.3;  ///< Per second.
  double startup_penalty = 4.3;   ///< Per second.

  /// What showing a segment at `rate` is worth.
  [[nodiscard]] static double quality(BitRate rate) {
    return static_cast<double>(rate.bits_per_second()) / 1e6;
  }
  [[nodiscard]] double switch_cost(BitRate from, BitRate to) const {
    return switch_cost(quality(from), quality(to));
  }
  /// Between two qualities.
  [[nodiscard]] double switch_cost(double from, double to) const {
    const double difference = to - from;
    return switch_penalty * (difference < 0 ? -difference : difference);
  }
  [[nodiscard]] double rebuffer_cost(Duration stalled) const {
    return rebuffer_penalty * to_seconds(stalled);
  }
  [[nodiscard]] double startup_cost(Duration delay) const {
    return startup_penalty * to_seconds(delay);
  }

  friend bool operator==(const QoeLin&, const QoeLin&) = default;
};

}  // namespace rung::abr
