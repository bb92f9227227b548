#include "abr/abandonment.h"

#include <algorithm>

namespace rung::abr {

namespace {

/// Shorter than this, the rate seen so far says little.
constexpr Duration least_evidence = std::chrono::milliseconds(200);

}  // namespace

std::optional<RepresentationIndex> abandon_late_transfer(const TransferContext& context) {
  if (context.representation == 0 || !context.first_byte) return std::nullopt;
  const DecisionContext& decision = context.decision;
  const Duration flowing = decision.now - *context.first_byte;
  if (flowing < least_evidence || context.received <= ByteCount{}) return std::nullopt;

  const ByteCount rest = context.expected - context.received;
  if (rest <= ByteCount{} || context.received > rest) return std::nullopt;
  const BitRate rate = std::max(context.received / flowing, BitRate::bits_per_second(1));
  const Duration rest_takes = rest / rate;
  if (rest_takes <= decision.buffer_level) return std::nullopt;

  const Duration latency = *context.first_byte - context.requested;
  const auto takes = [&](RepresentationIndex representation) {
    const Duration body = decision.track.size(decision.segment, representation) / rate;
    return body > Duration::max() - latency ? Duration::max() : latency + body;
  };
  for (RepresentationIndex lower = context.representation; lower-- > 0;)
    if (takes(lower) <= decision.buffer_level) return lower;
  if (takes(0) < rest_takes) return 0;
  return std::nullopt;
}

}  // namespace rung::abr
