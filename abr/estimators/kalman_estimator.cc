#include "abr/estimators/kalman_estimator.h"

#include <cmath>

namespace rung::abr {

namespace {

constexpr std::array<double, 7> walk_variances{0.01, 0.03, 0.1, 0.3, 1, 3, 10};
constexpr std::size_t first_choice = 3;
constexpr double forgetting = 0.97;
/// An innovation seen before all others, so that a steady link has a likelihood: that of 10 %.
constexpr double prior_square = 0.01;

}  // namespace

KalmanEstimator::KalmanEstimator() { restart(); }

void KalmanEstimator::restart() {
  filters_.fill({});
  weight_ = 0;
  started_ = false;
  likeliest_ = first_choice;
  residuals_ = {};
}

void KalmanEstimator::observe(const TransferSample& sample) {
  latency_.observe(sample);
  const SampleUse use = filter_.judge(sample);
  if (use == SampleUse::ignore) return;
  if (use == SampleUse::restart) restart();
  const double value = log_throughput(sample);
  if (!started_) {
    // Of the first value alone the level is known as well as the noise lets it.
    filters_.fill({.level = value, .variance = 1});
    started_ = true;
    return;
  }
  residuals_.observe(value - filters_[likeliest_].level);
  weight_ = forgetting * weight_ + 1;
  double least = 0;
  for (std::size_t i = 0; i < filters_.size(); ++i) {
    Filter& filter = filters_[i];
    filter.variance += walk_variances[i];
    const double f = filter.variance + 1;
    const double innovation = value - filter.level;
    filter.level += filter.variance * innovation / f;
    filter.variance /= f;
    filter.squares = forgetting * filter.squares + innovation * innovation / f;
    filter.log_f = forgetting * filter.log_f + std::log(f);
    const double cost =
        weight_ * std::log((filter.squares + prior_square) / weight_) + filter.log_f;
    if (i > 0 && cost >= least) continue;
    least = cost;
    likeliest_ = i;
  }
}

std::optional<Forecast> KalmanEstimator::forecast() const {
  if (!started_) return std::nullopt;
  return Forecast{.throughput = rate_of_logarithm(filters_[likeliest_].level),
                  .latency = latency_.expected()};
}

std::optional<BitRate> KalmanEstimator::quantile(double probability) const {
  if (!started_) return std::nullopt;
  return rate_of_logarithm(filters_[likeliest_].level + residuals_.quantile(probability));
}

}  // namespace rung::abr
