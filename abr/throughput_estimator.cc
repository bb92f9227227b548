#include "abr/throughput_estimator.h"

#include <algorithm>

namespace rung::abr {

BitRate throughput(const TransferSample& sample) {
  const Duration elapsed = sample.completed - sample.requested;
  return sample.size / std::max(elapsed, Duration(1));
}

}  // namespace rung::abr
