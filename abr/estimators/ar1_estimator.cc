#include "abr/estimators/ar1_estimator.h"

#include <algorithm>

namespace rung::abr {

namespace {

constexpr double forgetting = 0.97;
constexpr double prior_variance = 0.5;  ///< As much as a handful of pairs on a busy link.
constexpr double prior_phi = 0.8;

}  // namespace

void Ar1Estimator::observe(const TransferSample& sample) {
  latency_.observe(sample);
  const SampleUse use = filter_.judge(sample);
  if (use == SampleUse::ignore) return;
  if (use == SampleUse::restart) {
    last_.reset();
    moments_ = {};
    residuals_ = {};
  }
  const double value = log_throughput(sample);
  if (last_)
    residuals_.observe(value - next());
  else
    first_ = value;
  const double y = value - first_;
  moments_.values = forgetting * moments_.values + 1;
  moments_.sum = forgetting * moments_.sum + y;
  if (last_) {
    const double x = *last_ - first_;
    moments_.pairs = forgetting * moments_.pairs + 1;
    moments_.x = forgetting * moments_.x + x;
    moments_.y = forgetting * moments_.y + y;
    moments_.xx = forgetting * moments_.xx + x * x;
    moments_.xy = forgetting * moments_.xy + x * y;
  }
  last_ = value;
}

double Ar1Estimator::next() const {
  const double m = moments_.sum / moments_.values;
  const double variance = std::max(moments_.xx - 2 * m * moments_.x + m * m * moments_.pairs, 0.0);
  const double covariance = moments_.xy - m * (moments_.x + moments_.y) + m * m * moments_.pairs;
  const double phi =
      std::clamp((covariance + prior_phi * prior_variance) / (variance + prior_variance), 0.0, 1.0);
  return first_ + m + phi * (*last_ - first_ - m);
}

std::optional<Forecast> Ar1Estimator::forecast() const {
  if (!last_) return std::nullopt;
  return Forecast{.throughput = rate_of_logarithm(next()), .latency = latency_.expected()};
}

std::optional<BitRate> Ar1Estimator::quantile(double probability) const {
  if (!last_) return std::nullopt;
  return rate_of_logarithm(next() + residuals_.quantile(probability));
}

}  // namespace rung::abr
