#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/expected.h"
#include "core/id.h"
#include "core/time.h"
#include "core/units.h"
#include "media/track.h"

namespace rung::abr {

/// What showing a segment is worth: of its bitrate R, q(R) of Mao et al., "Neural adaptive video
/// streaming with Pensieve", SIGCOMM 2017, table 1, or of how it looks, as measured.
enum class QoeModel : std::uint8_t {
  lin,   ///< R in Mbit/s.
  log,   ///< ln(R / R_min), R_min the lowest bandwidth of the segment's ladder.
  hd,    ///< Much more for HD: 1, 2, 3, 12, 15, 20 at 300, 750, 1200, 1850, 2850, 4300 kbit/s.
  ssim,  ///< -10 log10(1 - SSIM) in dB, at most 60: Yan et al., "Learning in situ", NSDI 2020.
  vmaf,  ///< 0.8469 VMAF (of 100): Huang et al., "Comyco", ACM Multimedia 2019.
};
inline constexpr std::array qoe_models{QoeModel::lin, QoeModel::log, QoeModel::hd, QoeModel::ssim,
                                       QoeModel::vmaf};

/// "lin", "log", "hd", "ssim", "vmaf".
[[nodiscard]] std::string_view to_string(QoeModel model);
[[nodiscard]] std::optional<QoeModel> parse_qoe_model(std::string_view text);

/// The QoE of the MPC and Pensieve papers: the sum over segments of q(R), less the switches between
/// neighbours, less rebuffering. Start-up counts as rebuffering with a weight of its own. Planners
/// and reports have this one definition. A value.
///
/// Sources: Yin et al., "A control-theoretic approach for dynamic adaptive video streaming over
/// HTTP", SIGCOMM 2015, equation 5 (mu = 3000 kbit/s per second, there "balanced"); Pensieve,
/// section 5.1 and table 1 (mu = q of the highest rung, as that says: 4.3, 2.66 and, otherwise, 8);
/// NSDI 2020, section 4.4 (lambda = 1, mu = 100); Comyco, section 5.1 (alpha = 0.8469, beta =
/// 28.7959, gamma = 0.2979, delta = 1.0610). The last two know no start-up.
struct Qoe {
  QoeModel model = QoeModel::lin;
  double switch_penalty = 1.0;    ///< Per unit of difference in q.
  double rebuffer_penalty = 4.3;  ///< Per second.
  double startup_penalty = 4.3;   ///< Per second.

  /// The model with the paper's penalties.
  [[nodiscard]] static Qoe of(QoeModel model);

  /// Whether it is of measured quality, so that neighbours differ in the same representation, too.
  [[nodiscard]] bool measured() const { return model == QoeModel::ssim || model == QoeModel::vmaf; }
  /// Fails (invalid_argument) where the track does not tell what the model needs.
  [[nodiscard]] Expected<void> check(const media::Track& track) const;

  /// q: what showing a segment in this representation is worth. The track must pass check().
  [[nodiscard]] double quality(const media::Track& track, SegmentNumber segment,
                               RepresentationIndex representation) const;
  /// What was measured, by what it is worth: dB of SSIM, or VMAF of 100.
  [[nodiscard]] double measure_of(double quality) const {
    return model == QoeModel::vmaf ? quality / vmaf_weight : quality;
  }
  /// Per unit by which q rises. Comyco rewards a rise.
  [[nodiscard]] double rise_penalty() const {
    return model == QoeModel::vmaf ? -vmaf_rise_reward / vmaf_weight : switch_penalty;
  }
  /// Between two qualities. Negative for a reward; never more by way of a third one.
  [[nodiscard]] double switch_cost(double from, double to) const {
    return to < from ? switch_penalty * (from - to) : rise_penalty() * (to - from);
  }
  [[nodiscard]] double rebuffer_cost(Duration stalled) const {
    return rebuffer_penalty * to_seconds(stalled);
  }
  [[nodiscard]] double startup_cost(Duration delay) const {
    return startup_penalty * to_seconds(delay);
  }

  friend bool operator==(const Qoe&, const Qoe&) = default;

 private:
  static constexpr double vmaf_weight = 0.8469;
  static constexpr double vmaf_rise_reward = 0.2979;
  static constexpr double vmaf_fall_penalty = 1.0610;
};

}  // namespace rung::abr
