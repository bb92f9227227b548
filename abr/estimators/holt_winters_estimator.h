#pragma once

#include <optional>

#include "abr/estimators/link_history.h"
#include "abr/throughput_estimator.h"

namespace rung::abr {

/// Holt-Winters without seasons, a level and a trend: He, Dovrolis, Ammar, "On the predictability
/// of large transfer TCP throughput", SIGCOMM 2005. level = 0.8 r + 0.2 (level + trend), trend =
/// 0.2 (rise of the level) + 0.8 trend, forecast = level + trend. Small transfers count only until
/// a telling one has come.
///
/// Where we differ: the trend starts at nothing, not at the difference of the first two; the
/// forecast is at least a tenth of the level, because a rate does not fall in straight lines.
class HoltWintersEstimator final : public ThroughputEstimator {
 public:
  void observe(const TransferSample& sample) override;
  [[nodiscard]] std::optional<Forecast> forecast() const override;

 private:
  SmallTransferFilter filter_;
  std::optional<double> level_;  ///< In bit/s.
  double trend_ = 0;             ///< In bit/s per sample.
  RecentLatency latency_;
};

}  // namespace rung::abr
