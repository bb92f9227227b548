#pragma once

#include <memory>
#include <optional>

#include "abr/throughput_estimator.h"

namespace rung::abr {

/// Another estimator that forecasts a quantile of its distribution in place of the median: what the
/// next throughput stays below with the given probability. A lower one is a more cautious forecast
/// by a margin that is measured on the link, not a fixed factor.
class QuantileEstimator final : public ThroughputEstimator {
 public:
  /// `estimator` has quantiles; `probability` is in (0, 1).
  QuantileEstimator(std::unique_ptr<ThroughputEstimator> estimator, double probability);
  void observe(const TransferSample& sample) override;
  [[nodiscard]] std::optional<Forecast> forecast() const override;
  [[nodiscard]] std::optional<BitRate> quantile(double probability) const override;

 private:
  std::unique_ptr<ThroughputEstimator> estimator_;
  double probability_;
};

}  // namespace rung::abr
