#include "network_sim/trace_stats.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "core/check.h"
#include "core/limits.h"

namespace rung::network_sim {
namespace {

/// Bits per second times nanoseconds: exact for every trace within the limits.
__extension__ using Wide = __int128;

Wide carried(const Trace::Piece& piece) {
  return static_cast<Wide>(piece.rate.bits_per_second()) * piece.duration.count();
}

struct TimeAtRate {
  BitRate rate;
  Duration duration{};
};

BitRate percentile(const std::vector<TimeAtRate>& by_rate, Duration total, int percent) {
  Duration below{};
  for (const TimeAtRate& entry : by_rate) {
    below += entry.duration;
    if (static_cast<Wide>(below.count()) * 100 >= static_cast<Wide>(total.count()) * percent)
      return entry.rate;
  }
  return by_rate.back().rate;
}

double coefficient_of_variation(const Trace& trace) {
  const double total = to_seconds(trace.duration());
  double sum = 0;
  for (const Trace::Piece& piece : trace.pieces())
    sum += static_cast<double>(piece.rate.bits_per_second()) * to_seconds(piece.duration);
  const double mean = sum / total;
  double square = 0;
  for (const Trace::Piece& piece : trace.pieces()) {
    const double distance = static_cast<double>(piece.rate.bits_per_second()) - mean;
    square += distance * distance * to_seconds(piece.duration);
  }
  return std::sqrt(square / total) / mean;
}

}  // namespace

TraceStats trace_stats(const Trace& trace, BitRate outage_threshold) {
  TraceStats stats;
  stats.duration = trace.duration();
  stats.pieces = trace.pieces().size();
  stats.outage_threshold = outage_threshold;
  std::vector<TimeAtRate> by_rate;
  by_rate.reserve(trace.pieces().size());
  Wide bits = 0;
  Wide rtt_sum = 0;
  Duration rtt_time{};
  Duration outage{};
  Duration all_outages{};
  for (const Trace::Piece& piece : trace.pieces()) {
    bits += carried(piece);
    by_rate.push_back({.rate = piece.rate, .duration = piece.duration});
    if (piece.rtt) {
      rtt_sum += static_cast<Wide>(piece.rtt->count()) * piece.duration.count();
      rtt_time += piece.duration;
    }
    if (piece.rate < outage_threshold) {
      outage += piece.duration;
      all_outages += piece.duration;
      stats.longest_outage = std::max(stats.longest_outage, outage);
    } else {
      outage = Duration::zero();
    }
  }
  std::ranges::sort(by_rate, {}, &TimeAtRate::rate);
  stats.mean = BitRate::bits_per_second(static_cast<std::int64_t>(bits / trace.duration().count()));
  stats.minimum = by_rate.front().rate;
  stats.percentile_5 = percentile(by_rate, stats.duration, 5);
  stats.percentile_25 = percentile(by_rate, stats.duration, 25);
  stats.median = percentile(by_rate, stats.duration, 50);
  stats.percentile_75 = percentile(by_rate, stats.duration, 75);
  stats.percentile_95 = percentile(by_rate, stats.duration, 95);
  stats.maximum = by_rate.back().rate;
  stats.coefficient_of_variation = coefficient_of_variation(trace);
  stats.outage_share = to_seconds(all_outages) / to_seconds(stats.duration);
  if (rtt_time > Duration::zero())
    stats.mean_rtt = Duration(static_cast<std::int64_t>(rtt_sum / rtt_time.count()));
  return stats;
}

Expected<Trace> averaged_over(const Trace& trace, Duration window) {
  RUNG_CHECK(window > Duration::zero());
  if (trace.duration() / window >= static_cast<std::int64_t>(limits::trace_points))
    return failure(ErrorCode::limit_exceeded, "the window is too short for this trace",
                   trace.name());
  std::vector<Trace::Piece> averages;
  Wide bits = 0;
  Duration filled{};
  const auto close = [&] {
    averages.push_back(
        {.duration = filled,
         .rate = BitRate::bits_per_second(static_cast<std::int64_t>(bits / filled.count())),
         .rtt = std::nullopt});
    bits = 0;
    filled = Duration::zero();
  };
  for (const Trace::Piece& piece : trace.pieces()) {
    Duration left = piece.duration;
    while (left > Duration::zero()) {
      const Duration part = std::min(left, window - filled);
      bits += static_cast<Wide>(piece.rate.bits_per_second()) * part.count();
      filled += part;
      left -= part;
      if (filled == window) close();
    }
  }
  if (filled > Duration::zero()) close();
  return Trace::create(trace.name(), std::move(averages));
}

}  // namespace rung::network_sim
