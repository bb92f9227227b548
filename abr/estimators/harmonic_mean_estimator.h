#pragma once

#include <optional>

#include "abr/estimators/link_history.h"
#include "abr/throughput_estimator.h"

namespace rung::abr {

/// The harmonic mean of the last five throughputs: Jiang, Sekar, Zhang, "Improving fairness,
/// efficiency, and stability in HTTP-based adaptive video streaming with FESTIVE", CoNEXT 2012,
/// section 5 (there over twenty); Yin et al., SIGCOMM 2015 (five). Small transfers count only until
/// a telling one has come.
class HarmonicMeanEstimator final : public ThroughputEstimator {
 public:
  void observe(const TransferSample& sample) override;
  [[nodiscard]] std::optional<Forecast> forecast() const override;

 private:
  SmallTransferFilter filter_;
  RecentValues<double, 5> inverses_;  ///< Of the throughputs, in s/bit.
  std::optional<BitRate> mean_;
  RecentLatency latency_;
};

}  // namespace rung::abr
