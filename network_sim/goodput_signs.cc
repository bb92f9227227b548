#include "network_sim/goodput_signs.h"

#include <cmath>
#include <cstdint>

namespace rung::network_sim {
namespace {

/// Fewer say little.
constexpr int least_pauses = 10;
constexpr int least_pieces = 30;
/// The coefficient of variation of the pieces' durations below which they count as equal.
constexpr double least_variation = 0.1;

double pauses_a_minute(const Trace& trace) {
  std::int64_t pauses = 0;
  Duration quiet{};
  bool carried = false;  // A pause follows something.
  for (const Trace::Piece& piece : trace.pieces()) {
    if (piece.rate <= GoodputSigns::pause_rate) {
      quiet += piece.duration;
      continue;
    }
    if (carried && quiet >= GoodputSigns::pause_length) ++pauses;
    quiet = {};
    carried = true;
  }
  if (pauses < least_pauses) return 0;
  return static_cast<double>(pauses) * 60 / to_seconds(trace.duration());
}

/// Sums for the moments of two variables.
struct Moments {
  double count = 0;
  double x = 0;
  double y = 0;
  double xx = 0;
  double yy = 0;
  double xy = 0;

  void add(double a, double b) {
    ++count;
    x += a;
    y += b;
    xx += a * a;
    yy += b * b;
    xy += a * b;
  }
  [[nodiscard]] double correlation() const {
    const double of_x = count * xx - x * x;
    const double of_y = count * yy - y * y;
    if (of_x <= 0 || of_y <= 0) return 0;
    return (count * xy - x * y) / std::sqrt(of_x * of_y);
  }
};

double rate_by_duration(const Trace& trace) {
  Moments logarithms;
  Moments durations;
  for (const Trace::Piece& piece : trace.pieces()) {
    if (piece.rate <= GoodputSigns::pause_rate) continue;
    const double seconds = to_seconds(piece.duration);
    logarithms.add(std::log(seconds), std::log(static_cast<double>(piece.rate.bits_per_second())));
    durations.add(seconds, 0);
  }
  if (durations.count < least_pieces) return 0;
  const double mean = durations.x / durations.count;
  const double variance = durations.xx / durations.count - mean * mean;
  if (variance <= least_variation * least_variation * mean * mean) return 0;
  return logarithms.correlation();
}

}  // namespace

GoodputSigns goodput_signs(const Trace& trace) {
  return {.pauses_a_minute = pauses_a_minute(trace), .rate_by_duration = rate_by_duration(trace)};
}

}  // namespace rung::network_sim
