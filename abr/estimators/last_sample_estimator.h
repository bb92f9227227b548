#pragma once

#include <optional>

#include "abr/estimators/link_history.h"
#include "abr/throughput_estimator.h"

namespace rung::abr {

/// The throughput of the last transfer. Small transfers count only until a telling one has come.
class LastSampleEstimator final : public ThroughputEstimator {
 public:
  void observe(const TransferSample& sample) override;
  [[nodiscard]] std::optional<Forecast> forecast() const override;

 private:
  SmallTransferFilter filter_;
  std::optional<BitRate> last_;
  RecentLatency latency_;
};

}  // namespace rung::abr
