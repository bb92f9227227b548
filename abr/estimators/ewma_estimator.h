#pragma once

#include <optional>

#include "abr/estimators/link_history.h"
#include "abr/throughput_estimator.h"

namespace rung::abr {

/// Two exponentially weighted means, a fast and a slow one, and the lower of them: quick to fall,
/// slow to rise. A sample weighs as much as its transfer lasted; each half-life is transfer time.
/// The design of the dash.js, hls.js and Shaka players; the half-lives are the 3 s and 8 s of
/// dash.js. Small transfers count only until a telling one has come.
class EwmaEstimator final : public ThroughputEstimator {
 public:
  void observe(const TransferSample& sample) override;
  [[nodiscard]] std::optional<Forecast> forecast() const override;

 private:
  /// A mean with the weight that its start is still missing (0 before the first sample, towards 1).
  struct Mean {
    double sum = 0;
    double weight = 0;
    void add(double value, double seconds, double half_life);
  };
  SmallTransferFilter filter_;
  Mean fast_;
  Mean slow_;
  RecentLatency latency_;
};

}  // namespace rung::abr
