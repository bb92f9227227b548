#include "abr/upgrade.h"

#include <algorithm>
#include <cstddef>

#include "abr/abandonment.h"

namespace rung::abr {

namespace {

/// What is planned with, of the forecast throughput.
constexpr double certainty = 0.5;
/// So long before it is shown a segment must be there.
constexpr Duration lead = std::chrono::seconds(2);
/// A smaller rise of the QoE is one of rounding.
constexpr double least_gain = 1e-6;

/// What the segment at `place` of the buffer adds to the QoE in that representation.
double worth(const UpgradeContext& context, std::size_t place, RepresentationIndex representation) {
  const media::Track& track = context.decision.track;
  const auto segment = context.first + static_cast<SegmentNumber>(place);
  const double quality = context.qoe.quality(track, segment, representation);
  const auto before = place > 0 ? std::optional(context.buffered[place - 1]) : context.before_first;
  double sum = quality;
  if (before)
    sum -= context.qoe.switch_cost(context.qoe.quality(track, segment - 1, *before), quality);
  if (place + 1 < context.buffered.size())
    sum -= context.qoe.switch_cost(
        quality, context.qoe.quality(track, segment + 1, context.buffered[place + 1]));
  return sum;
}

/// Latency included; max() for what takes for ever.
Duration transfer_time(const Forecast& forecast, double share, ByteCount size) {
  const BitRate rate = std::max(scaled(forecast.throughput, share), BitRate::bits_per_second(1));
  const Duration body = size / rate;
  return body > Duration::max() - forecast.latency ? Duration::max() : forecast.latency + body;
}

}  // namespace

std::optional<Decision> choose_upgrade(const UpgradeContext& context) {
  const DecisionContext& now = context.decision;
  if (!now.forecast) return std::nullopt;
  const Duration slack = now.buffer_level / 4;
  const Duration longest =
      context.idle > Duration::max() - slack ? Duration::max() : context.idle + slack;
  std::optional<Decision> best;
  double best_rate = 0;
  for (std::size_t place = 0; place < context.buffered.size(); ++place) {
    const auto segment = context.first + static_cast<SegmentNumber>(place);
    const RepresentationIndex old = context.buffered[place];
    const ByteCount thrown = now.track.size(segment, old);
    if (thrown > context.allowance) continue;
    const Duration until_shown =
        now.buffer.speed().time_for(now.track.start(segment) - now.buffer.position()) - lead;
    const double worth_now = worth(context, place, old);
    const std::size_t rungs = now.track.ladder(segment).size();
    for (RepresentationIndex higher = old + 1; higher < rungs; ++higher) {
      const ByteCount size = now.track.size(segment, higher);
      if (transfer_time(*now.forecast, certainty, size) > until_shown ||
          transfer_time(*now.forecast, 1, size) > longest)
        continue;
      const double gain = worth(context, place, higher) - worth_now;
      if (gain < least_gain) continue;
      const double rate = gain / static_cast<double>(std::max<std::int64_t>(thrown.bytes(), 1));
      if (rate <= best_rate) continue;
      best_rate = rate;
      best = {.representation = higher, .reason = Reason::upgrade, .replaces = segment};
    }
  }
  return best;
}

bool upgrade_is_late(const TransferContext& context) {
  if (context.deadline <= Duration::zero()) return true;
  const auto rate = arrival_rate(context);
  return rate && (context.expected - context.received) / *rate > context.deadline;
}

}  // namespace rung::abr
