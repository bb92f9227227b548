#include "abr/forecast_score.h"

#include <algorithm>
#include <cmath>

#include "abr/estimators/link_history.h"

namespace rung::abr {

namespace {

double logarithm(BitRate rate) { return std::log(static_cast<double>(rate.bits_per_second())); }

}  // namespace

void ForecastScore::add(std::span<const TransferSample> history, ThroughputEstimator& estimator) {
  for (const TransferSample& sample : history) {
    judge(estimator, log_throughput(sample));
    estimator.observe(sample);
  }
}

void ForecastScore::judge(const ThroughputEstimator& estimator, double came) {
  const auto forecast = estimator.forecast();
  if (!forecast) return;
  const double error = logarithm(forecast->throughput) - came;
  ++forecasts_;
  errors_ += error;
  absolute_errors_ += std::abs(error);
  const auto lower = estimator.quantile((1 - level_) / 2);
  const auto upper = estimator.quantile((1 + level_) / 2);
  if (!lower || !upper) return;
  const double low = logarithm(*lower);
  const double high = logarithm(*upper);
  const double outside = std::max({low - came, came - high, 0.0});
  ++intervals_;
  if (came < low) ++below_;
  if (came > high) ++above_;
  widths_ += high - low;
  scores_ += high - low + 2 / (1 - level_) * outside;
}

}  // namespace rung::abr
