#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "abr/estimators/link_history.h"
#include "abr/throughput_estimator.h"

namespace rung::abr {

/// The weighted median of the latest throughputs, each weighing the square root of its bytes, with
/// a total weight of at most 2000: the design of ExoPlayer's SlidingPercentile. The oldest sample
/// shrinks until the total fits. Small transfers weigh little and need no other care.
class SlidingPercentileEstimator final : public ThroughputEstimator {
 public:
  SlidingPercentileEstimator();
  void observe(const TransferSample& sample) override;
  [[nodiscard]] std::optional<Forecast> forecast() const override;

 private:
  struct Weighted {
    BitRate rate;
    std::int64_t weight = 0;
    std::int64_t order = 0;
  };
  std::vector<Weighted> samples_;  ///< By ascending rate, then by order; room reserved for all.
  std::int64_t total_ = 0;
  std::int64_t next_order_ = 0;
  RecentLatency latency_;
};

}  // namespace rung::abr
