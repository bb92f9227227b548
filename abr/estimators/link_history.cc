#include "abr/estimators/link_history.h"

#include <algorithm>
#include <span>

namespace rung::abr {

void RecentLatency::observe(const TransferSample& sample) {
  latencies_.add(std::max(sample.first_byte - sample.requested, Duration::zero()));
  std::array<Duration, 5> sorted{};
  for (std::size_t i = 0; i < latencies_.size(); ++i) sorted[i] = latencies_[i];
  const std::span<Duration> seen(sorted.data(), latencies_.size());
  std::ranges::sort(seen);
  median_ = seen[(seen.size() - 1) / 2];
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

}  // namespace rung::abr
