#include "prefetch/shadow_price.h"

#include <algorithm>
#include <limits>

namespace rung::prefetch {

Duration forecast_time(const abr::Forecast& forecast, ByteCount size) {
  const Duration body = size / forecast.throughput;
  return body > Duration::max() - forecast.latency ? Duration::max() : body + forecast.latency;
}

Duration time_beside(const abr::Forecast& forecast, ByteCount size) {
  return forecast_time(forecast, size) - forecast.latency;
}

namespace {

Duration safe_level(const View& view, const Safety& safety) {
  return std::min(safety.safe, view.buffer_capacity / 2);
}

}  // namespace

double shadow_price(const View& view, const Wish& wish, const Safety& safety) {
  constexpr double never = std::numeric_limits<double>::infinity();
  if (view.free_for == Duration::max()) return 0;
  const Duration panic = std::min(safety.panic, view.buffer_capacity / 4);
  const Duration safe = safe_level(view, safety);
  if (view.buffer_level <= panic) return never;
  if (forecast_time(view.forecast, wish.size) > view.free_for) {
    const Duration waits =
        std::max(time_beside(view.forecast, wish.size) - view.free_for, Duration::zero());
    const Duration longest = longest_wait(view, safety);
    if (wish.stage > Stage::thin_head || longest == Duration::zero() || waits > longest)
      return never;
    const double empty = std::max(to_seconds(view.buffer_capacity - view.buffer_level), 0.0) /
                         to_seconds(view.buffer_capacity - safe);
    return safety.waiting * empty * empty * to_seconds(waits) * 1e6 /
           static_cast<double>(wish.size.bytes());
  }
  if (view.buffer_level >= safe) return 0;
  return safety.steepness * (to_seconds(safe - view.buffer_level) / to_seconds(safe - panic));
}

Duration longest_wait(const View& view, const Safety& safety) {
  if (view.live) return Duration::zero();
  return std::max(view.buffer_level - safe_level(view, safety), Duration::zero());
}

}  // namespace rung::prefetch
