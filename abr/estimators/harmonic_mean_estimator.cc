#include "abr/estimators/harmonic_mean_estimator.h"

#include <algorithm>
#include <cstdint>

namespace rung::abr {

void HarmonicMeanEstimator::observe(const TransferSample& sample) {
  latency_.observe(sample);
  const SampleUse use = filter_.judge(sample);
  if (use == SampleUse::ignore) return;
  if (use == SampleUse::restart) inverses_.clear();
  inverses_.add(1.0 / static_cast<double>(bounded_throughput(sample).bits_per_second()));
  double sum = 0;
  for (std::size_t i = 0; i < inverses_.size(); ++i) sum += inverses_[i];
  const double mean = static_cast<double>(inverses_.size()) / sum;
  mean_ = BitRate::bits_per_second(std::max(static_cast<std::int64_t>(mean), std::int64_t{1}));
}

std::optional<Forecast> HarmonicMeanEstimator::forecast() const {
  if (!mean_) return std::nullopt;
  return Forecast{.throughput = *mean_, .latency = latency_.expected()};
}

}  // namespace rung::abr
