#include "abr/estimators/last_sample_estimator.h"

namespace rung::abr {

void LastSampleEstimator::observe(const TransferSample& sample) {
  latency_.observe(sample);
  if (filter_.judge(sample) != SampleUse::ignore) last_ = bounded_throughput(sample);
}

std::optional<Forecast> LastSampleEstimator::forecast() const {
  if (!last_) return std::nullopt;
  return Forecast{.throughput = *last_, .latency = latency_.expected()};
}

}  // namespace rung::abr
