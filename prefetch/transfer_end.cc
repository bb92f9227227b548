#include "prefetch/transfer_end.h"

#include <algorithm>
#include <chrono>

#include "prefetch/shadow_price.h"

namespace rung::prefetch {

namespace {

/// Between two looks; in less time too little comes.
constexpr Duration finest = std::chrono::milliseconds(50);
/// Of what is left until then, the percentage after which it is looked at again.
constexpr int part = 10;
/// What ends later is not foreseen more closely.
constexpr Duration latest = std::chrono::hours(1);

}  // namespace

TransferEnd::TransferEnd(const session::FetchSegment& request, ByteCount size,
                         const abr::Forecast& forecast, Timestamp now)
    : transfer_(request.transfer),
      track_(request.track),
      segment_(request.segment),
      size_(size),
      latency_(forecast.latency),
      looked_at_(now + forecast.latency),
      at_(now + std::min(forecast_time(forecast, size), latest)) {}

void TransferEnd::looked(const session::TransferProgressed& progress) {
  const Timestamp from = std::max(looked_at_, progress.first_byte.value_or(looked_at_));
  const BitRate rate =
      progress.at > from ? (progress.received - received_) / (progress.at - from) : BitRate();
  const ByteCount rest =
      std::max(progress.expected.value_or(size_) - progress.received, ByteCount());
  if (rate > BitRate())
    at_ = progress.at + std::min(rest / rate, latest);
  else
    at_ += std::max(progress.at - looked_at_, Duration::zero());
  looked_at_ = progress.at;
  received_ = progress.received;
}

Timestamp TransferEnd::look_at() const {
  const Duration left = ask_at() - looked_at_;
  return left <= finest ? Timestamp::max() : looked_at_ + std::max(left * part / 100, finest);
}

}  // namespace rung::prefetch
