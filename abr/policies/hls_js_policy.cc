#include "abr/policies/hls_js_policy.h"

#include <algorithm>
#include <optional>
#include <span>

namespace rung::abr {

namespace {

constexpr double keep_share = 0.95;
constexpr double rise_share = 0.7;
constexpr Duration most_stall = std::chrono::seconds(4);
constexpr BitRate unknown_throughput = BitRate::bits_per_second(500'000);

/// The highest representation that arrives within `patience`.
std::optional<RepresentationIndex> best_within(const DecisionContext& context, BitRate throughput,
                                               Duration patience) {
  const std::span<const BitRate> ladder = context.track.ladder(context.segment);
  const Duration duration = context.track.duration(context.segment);
  for (RepresentationIndex i = static_cast<RepresentationIndex>(ladder.size()); i-- > 0;) {
    const bool rise = !context.previous || i > *context.previous;
    const BitRate usable = scaled(throughput, rise ? rise_share : keep_share);
    if (usable <= ladder[i]) continue;
    if (ladder[i] * duration / usable < patience) return i;
  }
  return std::nullopt;
}

}  // namespace

Decision HlsJsPolicy::choose(const DecisionContext& context) {
  const BitRate throughput = context.forecast ? context.forecast->throughput : unknown_throughput;
  const Reason known = context.forecast ? Reason::throughput : Reason::startup_unknown;
  if (const auto best = best_within(context, throughput, context.buffer_level))
    return {.representation = *best, .reason = known};
  const Duration stall = std::min(context.track.duration(context.segment), most_stall);
  const auto late = best_within(context, throughput, context.buffer_level + stall);
  return {.representation = late.value_or(0), .reason = Reason::insufficient_buffer};
}

}  // namespace rung::abr
