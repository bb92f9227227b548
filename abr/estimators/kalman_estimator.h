#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "abr/estimators/link_history.h"
#include "abr/estimators/residual_quantiles.h"
#include "abr/throughput_estimator.h"

namespace rung::abr {

/// The local level model of y = ln(throughput) (Durbin and Koopman, "Time Series Analysis by State
/// Space Methods", chapter 2): a level that walks at random, seen through noise.
///
///     P += q;  F = P + 1;  v = y - level;  level += P v / F;  P /= F
///
/// in units of the noise's variance. Seven filters run side by side with q = 0.01, 0.03, 0.1, 0.3,
/// 1, 3, 10, and the level is that of the likeliest one, the noise's variance concentrated out and
/// the past weighing less by 0.97 a transfer. The forecast is a median, and quantiles come from its
/// residuals. Small transfers count only until a telling one has come.
class KalmanEstimator final : public ThroughputEstimator {
 public:
  KalmanEstimator();
  void observe(const TransferSample& sample) override;
  [[nodiscard]] std::optional<Forecast> forecast() const override;
  [[nodiscard]] std::optional<BitRate> quantile(double probability) const override;

 private:
  struct Filter {
    double level = 0;     ///< ln of bit/s.
    double variance = 0;  ///< P, of the level.
    double squares = 0;   ///< The weighted sum of v^2 / F.
    double log_f = 0;     ///< The weighted sum of ln F.
  };
  void restart();

  SmallTransferFilter filter_;
  std::array<Filter, 7> filters_;
  double weight_ = 0;  ///< Of all innovations.
  bool started_ = false;
  std::size_t likeliest_ = 0;
  ResidualQuantiles residuals_;
  RecentLatency latency_;
};

}  // namespace rung::abr
