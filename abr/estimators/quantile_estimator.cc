#include "abr/estimators/quantile_estimator.h"

#include <utility>

namespace rung::abr {

QuantileEstimator::QuantileEstimator(std::unique_ptr<ThroughputEstimator> estimator,
                                     double probability)
    : estimator_(std::move(estimator)), probability_(probability) {}

void QuantileEstimator::observe(const TransferSample& sample) { estimator_->observe(sample); }

std::optional<Forecast> QuantileEstimator::forecast() const {
  auto forecast = estimator_->forecast();
  if (const auto throughput = estimator_->quantile(probability_); forecast && throughput)
    forecast->throughput = *throughput;
  return forecast;
}

std::optional<BitRate> QuantileEstimator::quantile(double probability) const {
  return estimator_->quantile(probability);
}

}  // namespace rung::abr
