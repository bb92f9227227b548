#include "abr/abandonment.h"

#include <algorithm>

namespace rung::abr {

namespace {

/// Shorter than this, the rate seen so far says little; with few bytes it does for longer: what was
/// on its way before may be in front of them.
constexpr Duration least_evidence = std::chrono::milliseconds(200);
constexpr Duration least_evidence_of_few = std::chrono::seconds(1);
constexpr ByteCount few{16 * 1024};
/// So much of a transfer that is given up is on its way and comes all the same, in front of what is
/// asked for then.
constexpr ByteCount in_flight{64 * 1024};
/// What being late by far is.
constexpr Duration far = std::chrono::seconds(1);

}  // namespace

std::optional<RepresentationIndex> abandon_late_transfer(const TransferContext& context) {
  const DecisionContext& decision = context.decision;
  // The buffer of a paused viewer does not run dry.
  if (context.representation == 0 || decision.buffer.state() == PlaybackState::paused)
    return std::nullopt;
  const std::optional<BitRate> rate = arrival_rate(context);
  const ByteCount rest = context.expected - context.received;
  if (!rate || rest <= ByteCount{}) return std::nullopt;

  const Duration rest_takes = rest / *rate;
  const Duration late = rest_takes - std::min(context.deadline, rest_takes);
  const bool mostly_here = context.received > rest;
  if (late <= (mostly_here ? far : Duration::zero())) return std::nullopt;

  const Duration latency = *context.first_byte - context.requested;
  const ByteCount in_front = std::min(rest, in_flight);
  const Duration worthwhile = mostly_here ? rest_takes / 2 : rest_takes;
  const auto takes = [&](RepresentationIndex representation) {
    const Duration body =
        (in_front + decision.track.size(decision.segment, representation)) / *rate;
    return body > Duration::max() - latency ? Duration::max() : latency + body;
  };
  for (RepresentationIndex lower = context.representation; lower-- > 0;) {
    const Duration needed = takes(lower);
    if (needed < worthwhile && (lower == 0 || needed <= context.deadline)) return lower;
  }
  return std::nullopt;
}

std::optional<BitRate> arrival_rate(const TransferContext& context) {
  if (!context.first_byte || context.received <= ByteCount{}) return std::nullopt;
  const Duration flowing = context.decision.now - *context.first_byte;
  if (flowing < (context.received < few ? least_evidence_of_few : least_evidence))
    return std::nullopt;
  return std::max(context.recent.value_or(context.received / flowing), BitRate::bits_per_second(1));
}

}  // namespace rung::abr
