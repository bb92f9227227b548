#pragma once

#include <optional>

#include "abr/estimators/link_history.h"
#include "abr/throughput_estimator.h"

namespace rung::abr {

/// Two exponentially weighted means, a fast and a slow one, and the lower of them: quick to fall,
/// slow to rise. A sample weighs as much as its transfer lasted; each half-life is transfer time.
/// The design of the dash.js, hls.js and Shaka players, whose half-lives differ. Small transfers
/// count only until a telling one has come.
class EwmaEstimator final : public ThroughputEstimator {
 public:
  /// Those of dash.js are 3 s and 8 s, of hls.js 3 s and 9 s, of Shaka 2 s and 5 s.
  explicit EwmaEstimator(Duration fast = std::chrono::seconds(3),
                         Duration slow = std::chrono::seconds(8))
      : fast_half_life_(to_seconds(fast)), slow_half_life_(to_seconds(slow)) {}
  void observe(const TransferSample& sample) override;
  [[nodiscard]] std::optional<Forecast> forecast() const override;

 private:
  /// A mean with the weight that its start is still missing (0 before the first sample, towards 1).
  struct Mean {
    double sum = 0;
    double weight = 0;
    void add(double value, double seconds, double half_life);
  };
  double fast_half_life_;  ///< Seconds of transfer time.
  double slow_half_life_;
  SmallTransferFilter filter_;
  Mean fast_;
  Mean slow_;
  RecentLatency latency_;
};

}  // namespace rung::abr
