#include "abr/estimators/ewma_estimator.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace rung::abr {

void EwmaEstimator::Mean::add(double value, double seconds, double half_life) {
  const double kept = std::exp2(-seconds / half_life);
  sum = kept * sum + (1 - kept) * value;
  weight = kept * weight + (1 - kept);
}

void EwmaEstimator::observe(const TransferSample& sample) {
  latency_.observe(sample);
  const SampleUse use = filter_.judge(sample);
  if (use == SampleUse::ignore) return;
  if (use == SampleUse::restart) fast_ = slow_ = Mean{};
  const double rate = static_cast<double>(bounded_throughput(sample).bits_per_second());
  // An exchange that took no time at all still has to weigh something.
  const double seconds = std::max(to_seconds(sample.completed - sample.requested), 1e-3);
  fast_.add(rate, seconds, fast_half_life_);
  slow_.add(rate, seconds, slow_half_life_);
}

std::optional<Forecast> EwmaEstimator::forecast() const {
  if (fast_.weight <= 0) return std::nullopt;
  const double lower = std::min(fast_.sum / fast_.weight, slow_.sum / slow_.weight);
  return Forecast{.throughput = BitRate::bits_per_second(
                      std::max(static_cast<std::int64_t>(lower), std::int64_t{1})),
                  .latency = latency_.expected()};
}

}  // namespace rung::abr
