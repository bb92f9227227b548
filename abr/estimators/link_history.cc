#include "abr/estimators/link_history.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace rung::abr {

void RecentLatency::observe(const TransferSample& sample) {
  const Duration latency = std::max(sample.first_byte - sample.requested, Duration::zero());
  if (latencies_.full() && latencies_[0] == latency) {  // It takes the place of its like.
    latencies_.add(latency);
    return;
  }
  const auto end = sorted_.begin() + static_cast<std::ptrdiff_t>(latencies_.size());
  auto gap = end;  // Where one place is free: that of the oldest once all are taken.
  if (end == sorted_.end()) gap = std::find(sorted_.begin(), end, latencies_[0]);
  for (; gap + 1 < end && gap[1] < latency; ++gap) gap[0] = gap[1];
  for (; gap != sorted_.begin() && gap[-1] > latency; --gap) gap[0] = gap[-1];
  *gap = latency;
  latencies_.add(latency);
  median_ = sorted_[(latencies_.size() - 1) / 2];
}

SampleUse SmallTransferFilter::judge(const TransferSample& sample) {
  if (sample.size < telling_size) return told_ ? SampleUse::ignore : SampleUse::add;
  if (told_) return SampleUse::add;
  told_ = true;
  return SampleUse::restart;
}

BitRate bounded_throughput(const TransferSample& sample) {
  return std::clamp(throughput(sample), BitRate::bits_per_second(1),
                    BitRate::bits_per_second(1'000'000'000'000'000));
}

double log_throughput(const TransferSample& sample) {
  return std::log(static_cast<double>(bounded_throughput(sample).bits_per_second()));
}

BitRate rate_of_logarithm(double logarithm) {
  const double rate = std::exp(std::clamp(logarithm, 0.0, std::log(1e15)));
  return BitRate::bits_per_second(
      std::clamp<std::int64_t>(std::llround(rate), 1, 1'000'000'000'000'000));
}

}  // namespace rung::abr
