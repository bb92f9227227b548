#pragma once

#include <optional>

#include "core/time.h"
#include "core/units.h"

namespace rung::abr {

/// What one finished (or given up) transfer tells about the link.
struct TransferSample {
  Timestamp requested{};
  Timestamp first_byte{};
  Timestamp completed{};
  ByteCount size;
  friend bool operator==(const TransferSample&, const TransferSample&) = default;
};

/// Bytes over the whole exchange, request to last byte: what the next one will see too.
/// Saturates when the exchange took no time.
[[nodiscard]] BitRate throughput(const TransferSample& sample);

/// What is expected of the next transfers.
struct Forecast {
  BitRate throughput;  ///< Over a whole exchange, latency included.
  Duration latency{};  ///< Request to first byte.
  friend bool operator==(const Forecast&, const Forecast&) = default;
};

/// Turns samples into a forecast. Deterministic: the same samples give the same forecast.
class ThroughputEstimator {
 public:
  ThroughputEstimator() = default;
  ThroughputEstimator(const ThroughputEstimator&) = delete;
  ThroughputEstimator& operator=(const ThroughputEstimator&) = delete;
  virtual ~ThroughputEstimator() = default;

  virtual void observe(const TransferSample& sample) = 0;
  /// nullopt before the first sample. The throughput is above zero.
  [[nodiscard]] virtual std::optional<Forecast> forecast() const = 0;
  /// What the next throughput stays at or below with `probability`, which is in (0, 1); grows with
  /// it. nullopt before the first sample, and always where the estimator forecasts but a number.
  [[nodiscard]] virtual std::optional<BitRate> quantile(double probability) const;
};

}  // namespace rung::abr
