#include "abr/estimators/link_history.h"

#include <algorithm>

namespace rung::abr {

void RecentLatency::observe(const TransferSample& sample) {
  latencies_.add(std::max(sample.first_byte - sample.requested, Duration::zero()));
  std::array<Duration, 5> sorted{};
  for (std::size_t i = 0; i < latencies_.size(); ++i) {
    std::size_t place = i;
    for (; place > 0 && sorted[place - 1] > latencies_[i]; --place)
      sorted[place] = sorted[place - 1];
    sorted[place] = latencies_[i];
  }
  median_ = sorted[(latencies_.size() - 1) / 2];
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
