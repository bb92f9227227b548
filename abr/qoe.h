#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/id.h"
#include "core/time.h"
#include "core/units.h"

namespace rung::abr {

/// What showing a segment at bitrate R is worth: q(R) of Mao et al., "Neural adaptive video
/// streaming with Pensieve", SIGCOMM 2017, table 1.
enum class QoeModel : std::uint8_t {
  lin,  ///< R in Mbit/s.
  log,  ///< ln(R / R_min), R_min the lowest bandwidth of the segment's ladder.
  hd,   ///< Much more for HD: 1, 2, 3, 12, 15, 20 at 300, 750, 1200, 1850, 2850, 4300 kbit/s.
};

/// "lin", "log", "hd".
[[nodiscard]] std::string_view to_string(QoeModel model);
[[nodiscard]] std::optional<QoeModel> parse_qoe_model(std::string_view text);

/// The QoE of the MPC and Pensieve papers: the sum over segments of q(R), less the switches between
/// neighbours, less rebuffering. Start-up counts as rebuffering with a weight of its own. Planners
/// and reports have this one definition. A value.
///
/// Sources: Yin et al., "A control-theoretic approach for dynamic adaptive video streaming over
/// HTTP", SIGCOMM 2015, equation 5 (mu = 3000 kbit/s per second, there "balanced"); Pensieve,
/// section 5.1 and table 1 (mu = q of the highest rung, as that says: 4.3, 2.66 and, otherwise, 8).
struct Qoe {
  QoeModel model = QoeModel::lin;
  double switch_penalty = 1.0;    ///< Per unit of difference in q.
  double rebuffer_penalty = 4.3;  ///< Per second.
  double startup_penalty = 4.3;   ///< Per second.

  /// The model with the paper's penalties.
  [[nodiscard]] static Qoe of(QoeModel model);

  /// What showing a segment of this ladder (ascending) in this representation is worth.
  [[nodiscard]] double quality(std::span<const BitRate> ladder,
                               RepresentationIndex representation) const;
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

  friend bool operator==(const Qoe&, const Qoe&) = default;
};

}  // namespace rung::abr
