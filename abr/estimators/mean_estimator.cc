#include "abr/estimators/mean_estimator.h"

#include <algorithm>
#include <cstdint>

namespace rung::abr {

void MeanEstimator::observe(const TransferSample& sample) {
  latency_.observe(sample);
  const SampleUse use = filter_.judge(sample);
  if (use == SampleUse::ignore) return;
  if (use == SampleUse::restart) rates_.clear();
  rates_.add(static_cast<double>(bounded_throughput(sample).bits_per_second()));
}

std::optional<Forecast> MeanEstimator::forecast() const {
  if (rates_.size() == 0) return std::nullopt;
  double sum = 0;
  for (std::size_t i = 0; i < rates_.size(); ++i) sum += rates_[i];
  const auto mean = static_cast<std::int64_t>(sum / static_cast<double>(rates_.size()));
  return Forecast{.throughput = BitRate::bits_per_second(std::max(mean, std::int64_t{1})),
                  .latency = latency_.expected()};
}

}  // namespace rung::abr
