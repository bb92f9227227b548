#include "prefetch/shadow_price.h"

#include <algorithm>
#include <limits>

namespace rung::prefetch {

Duration forecast_time(const abr::Forecast& forecast, ByteCount size) {
  const Duration body = size / forecast.throughput;
  return body > Duration::max() - forecast.latency ? Duration::max() : body + forecast.latency;
}

double shadow_price(const View& view, ByteCount size, const Safety& safety) {
  constexpr double never = std::numeric_limits<double>::infinity();
  if (view.free_for == Duration::max()) return 0;
  const Duration panic = std::min(safety.panic, view.buffer_capacity / 4);
  const Duration safe = std::min(safety.safe, view.buffer_capacity / 2);
  if (view.buffer_level <= panic) return never;
  if (forecast_time(view.forecast, size) > view.free_for) return never;
  if (view.buffer_level >= safe) return 0;
  return safety.steepness * (to_seconds(safe - view.buffer_level) / to_seconds(safe - panic));
}

}  // namespace rung::prefetch
