#pragma once

#include <cstdint>

#include "abr/throughput_estimator.h"

namespace rung::test {

/// `kilobytes` kB in `elapsed`, the first byte after a tenth of it.
inline abr::TransferSample sample(std::int64_t kilobytes, Duration elapsed) {
  return {.requested = Timestamp{},
          .first_byte = Timestamp(elapsed / 10),
          .completed = Timestamp(elapsed),
          .size = ByteCount(kilobytes * 1000)};
}

/// Zero before the first sample.
inline std::int64_t forecast_kbps(const abr::ThroughputEstimator& estimator) {
  const auto forecast = estimator.forecast();
  return forecast ? forecast->throughput.bits_per_second() / 1000 : 0;
}

}  // namespace rung::test
