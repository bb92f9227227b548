#include "abr/throughput_estimator.h"

#include <algorithm>

namespace rung::abr {

BitRate throughput(const TransferSample& sample) {
  const Duration elapsed = sample.completed - sample.requested;
  return sample.size / std::max(elapsed, Duration(1));
}

std::optional<BitRate> ThroughputEstimator::quantile(double) const { return std::nullopt; }

}  // namespace rung::abr
