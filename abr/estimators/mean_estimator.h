#pragma once

#include <optional>

#include "abr/estimators/link_history.h"
#include "abr/throughput_estimator.h"

namespace rung::abr {

/// The arithmetic mean of the last five throughputs: what the harmonic mean is compared with in
/// Jiang, Sekar, Zhang, CoNEXT 2012, section 5. Small transfers count only until a telling one has
/// come.
class MeanEstimator final : public ThroughputEstimator {
 public:
  void observe(const TransferSample& sample) override;
  [[nodiscard]] std::optional<Forecast> forecast() const override;

 private:
  SmallTransferFilter filter_;
  RecentValues<double, 5> rates_;  ///< In bit/s.
  RecentLatency latency_;
};

}  // namespace rung::abr
