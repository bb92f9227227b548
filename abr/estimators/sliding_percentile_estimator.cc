#include "abr/estimators/sliding_percentile_estimator.h"

#include <algorithm>
#include <cmath>

namespace rung::abr {

namespace {

constexpr std::int64_t most_weight = 2000;

}  // namespace

SlidingPercentileEstimator::SlidingPercentileEstimator() {
  // Every sample weighs at least one, and the newest is in before the oldest goes.
  samples_.reserve(most_weight + 1);
}

void SlidingPercentileEstimator::observe(const TransferSample& sample) {
  latency_.observe(sample);
  const double root = std::sqrt(static_cast<double>(sample.size.bytes()));
  const Weighted added{
      .rate = bounded_throughput(sample),
      .weight = std::clamp(static_cast<std::int64_t>(root), std::int64_t{1}, most_weight),
      .order = next_order_++};
  samples_.insert(std::ranges::upper_bound(samples_, added.rate, {}, &Weighted::rate), added);
  total_ += added.weight;
  while (total_ > most_weight) {
    const auto oldest = std::ranges::min_element(samples_, {}, &Weighted::order);
    const std::int64_t taken = std::min(oldest->weight, total_ - most_weight);
    total_ -= taken;
    oldest->weight -= taken;
    if (oldest->weight == 0) samples_.erase(oldest);
  }
}

std::optional<Forecast> SlidingPercentileEstimator::forecast() const {
  std::int64_t below = 0;
  for (const Weighted& sample : samples_) {
    below += sample.weight;
    if (2 * below >= total_)
      return Forecast{.throughput = sample.rate, .latency = latency_.expected()};
  }
  return std::nullopt;
}

}  // namespace rung::abr
