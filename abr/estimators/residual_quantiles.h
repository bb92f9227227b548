#pragma once

#include <array>
#include <cstddef>

#include "abr/estimators/link_history.h"

namespace rung::abr {

/// By how much the next value misses its forecast, as quantiles: from the last 64 misses, each
/// divided by the mean size of those before it (so that a link that calms down or grows wild is
/// followed), and corrected online so that the quantiles hold as often as they say: adaptive
/// conformal inference, Gibbs and Candes, NeurIPS 2021, equation 2. A value; never allocates.
///
///     z = miss / scale;  level += 0.05 (p - [z <= quantile of the last z at level]);
///     scale += 0.1 (|miss| - scale), at least 0.02
///
/// Where we differ: every quantile has a level of its own, not an interval one for both its ends;
/// levels are kept in order; beyond the greatest and the least of the z a quantile goes on in a
/// straight line, a quarter of a scale for each place, where the paper has everything or nothing.
/// The first 64 z are quantiles of the Laplace distribution and leave as real ones come.
class ResidualQuantiles {
 public:
  ResidualQuantiles();
  /// The value less its forecast.
  void observe(double miss);
  /// What is to be added to the forecast; `probability` is in (0, 1).
  [[nodiscard]] double quantile(double probability) const;

 private:
  static constexpr std::size_t remembered = 64;
  static constexpr std::array<double, 9> probabilities{0.025, 0.05, 0.1,  0.25, 0.5,
                                                       0.75,  0.9,  0.95, 0.975};
  /// Of the remembered z, ascending; `level` may lie outside [0, 1].
  [[nodiscard]] double empirical(double level) const;
  void remember(double scaled);

  double scale_;
  RecentValues<double, remembered> scaled_;
  std::array<double, remembered> sorted_{};  ///< The same, ascending.
  std::array<double, probabilities.size()> levels_ = probabilities;
};

}  // namespace rung::abr
