#pragma once

#include <optional>

#include "abr/estimators/link_history.h"
#include "abr/estimators/residual_quantiles.h"
#include "abr/throughput_estimator.h"

namespace rung::abr {

/// A first-order autoregression of y = ln(throughput), fitted anew with every transfer:
///
///     forecast = m + phi (last y - m),  phi = (cov(x, y) + 0.4) / (var(x) + 0.5)
///
/// m is the mean of y, cov and var are sums about it over pairs (x, y) of successive transfers, and
/// all weights fall by 0.97 a transfer; phi is within [0, 1] and 0.8 before the first pair. The
/// forecast is a median, and quantiles come from its residuals. Small transfers count only until a
/// telling one has come.
class Ar1Estimator final : public ThroughputEstimator {
 public:
  void observe(const TransferSample& sample) override;
  [[nodiscard]] std::optional<Forecast> forecast() const override;
  [[nodiscard]] std::optional<BitRate> quantile(double probability) const override;

 private:
  /// Weighted sums, about the first value for accuracy.
  struct Moments {
    double values = 0;  ///< Weight of all values.
    double sum = 0;     ///< Of all values.
    double pairs = 0;   ///< Weight of all pairs.
    double x = 0;
    double y = 0;
    double xx = 0;
    double xy = 0;
  };
  [[nodiscard]] double next() const;

  SmallTransferFilter filter_;
  Moments moments_;
  std::optional<double> last_;  ///< ln of bit/s.
  double first_ = 0;
  ResidualQuantiles residuals_;
  RecentLatency latency_;
};

}  // namespace rung::abr
