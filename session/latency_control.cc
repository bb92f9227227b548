#include "session/latency_control.h"

#include <algorithm>

namespace rung::session {
namespace {

/// One percent of speed for each of these that the latency is off.
constexpr Duration a_percent = std::chrono::milliseconds(50);

}  // namespace

Duration LatencyControl::tolerance() const {
  return std::clamp<Duration>(bounds_.target / 20, std::chrono::milliseconds(100),
                              std::chrono::milliseconds(500));
}

Speed LatencyControl::speed_at(Duration latency, Duration level) {
  // As dash.js asks after a stall; with a way back, so that an arriving segment does not flicker.
  safe_ = level >= bounds_.target / (safe_ ? 4 : 2);
  const Duration behind = latency - bounds_.target;
  const Duration off = behind < Duration::zero() ? -behind : behind;
  correcting_ = off > (correcting_ ? tolerance() / 4 : tolerance());
  if (!correcting_) return {};
  // What needs more than that is bounded below in any case.
  const auto percent = static_cast<int>(std::clamp<Duration::rep>(off / a_percent, 1, 100));
  if (behind < Duration::zero())
    return Speed::of_percent(std::max(100 - percent, bounds_.slowest.percent()));
  if (!safe_) return {};
  return Speed::of_percent(std::min(100 + percent, bounds_.fastest.percent()));
}

}  // namespace rung::session
