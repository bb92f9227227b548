#include "abr/policies/dash_js_policy.h"

#include <algorithm>
#include <limits>
#include <span>

#include "abr/ladder.h"

namespace rung::abr {

namespace {

constexpr double safety = 0.9;
constexpr Duration stable_buffer = std::chrono::seconds(12);
constexpr int ignored_segments = 2;
constexpr double buffer_safety = 0.5;
constexpr std::size_t history_sample = 6;
constexpr double most_drops = 0.075;  ///< For each choice that was none.
constexpr double abandon_multiplier = 1.8;
constexpr Duration grace = std::chrono::milliseconds(500);

/// 12 s, or half of what is there when a session asks, where that is less.
Duration stable_level(const DecisionContext& context) {
  const Duration room = context.buffer_capacity - context.track.longest_duration();
  return std::clamp(room / 2, Duration::zero(), stable_buffer);
}

}  // namespace

Decision DashJsPolicy::choose(const DecisionContext& context) {
  if (!context.forecast) return {.representation = 0, .reason = Reason::startup_unknown};
  const std::span<const BitRate> ladder = context.track.ladder(context.segment);
  Decision decision = dynamic(context);
  const auto limit = [&decision](RepresentationIndex most, Reason reason) {
    if (most < decision.representation) decision = {.representation = most, .reason = reason};
  };
  if (segments_ >= ignored_segments) limit(within_buffer(context), Reason::insufficient_buffer);
  if (const auto most = within_history(ladder.size())) limit(*most, Reason::hysteresis);
  const RepresentationIndex before = context.previous.value_or(decision.representation);
  history_.add({.from = before, .drop = decision.representation < before});
  return decision;
}

Decision DashJsPolicy::dynamic(const DecisionContext& context) {
  const Duration on = stable_level(context);
  by_bola_ = context.buffer_level > (by_bola_ ? on / 2 : on);
  if (by_bola_) return bola_.choose(context);
  const BitRate usable = scaled(context.forecast->throughput, safety);
  return {.representation = highest_within(context.track.ladder(context.segment), usable),
          .reason = Reason::throughput};
}

RepresentationIndex DashJsPolicy::within_buffer(const DecisionContext& context) const {
  const double share = buffer_safety * to_seconds(context.buffer_level) /
                       to_seconds(context.track.duration(context.segment));
  return highest_within(context.track.ladder(context.segment),
                        scaled(context.forecast->throughput, share));
}

std::optional<RepresentationIndex> DashJsPolicy::within_history(std::size_t rungs) const {
  std::size_t drops = 0;
  std::size_t others = 0;
  for (RepresentationIndex from = 0; from < rungs; ++from) {
    for (std::size_t age = 0; age < history_.size(); ++age)
      if (history_[age].from == from) ++(history_[age].drop ? drops : others);
    // Without others the share has no bound.
    if (drops + others >= history_sample &&
        static_cast<double>(drops) > most_drops * static_cast<double>(others))
      return from > 0 ? from - 1 : 0;
  }
  return std::nullopt;
}

std::optional<RepresentationIndex> DashJsPolicy::reconsider(const TransferContext& context) {
  const DecisionContext& decision = context.decision;
  const std::span<const BitRate> ladder = decision.track.ladder(decision.segment);
  if (context.representation == 0 || !context.first_byte ||
      decision.buffer_level > stable_level(decision))
    return std::nullopt;
  const Duration elapsed = decision.now - *context.first_byte;
  if (elapsed <= grace || context.received <= ByteCount{} || context.received >= context.expected)
    return std::nullopt;
  const BitRate rate = context.received / elapsed;
  if (rate <= BitRate{}) return std::nullopt;
  const double needed = to_seconds(context.expected / rate);
  if (needed < abandon_multiplier * to_seconds(decision.track.duration(decision.segment)))
    return std::nullopt;
  const RepresentationIndex instead = highest_within(ladder, scaled(rate, safety));
  if (ladder[instead] >= ladder[context.representation]) return std::nullopt;
  const double size = static_cast<double>(context.expected.bytes()) *
                      static_cast<double>(ladder[instead].bits_per_second()) /
                      static_cast<double>(ladder[context.representation].bits_per_second());
  const double left = static_cast<double>((context.expected - context.received).bytes());
  if (left <= size) return std::nullopt;
  return instead;
}

void DashJsPolicy::observe(const TransferSample& sample) {
  segments_ = std::min(segments_ + 1, ignored_segments);
  bola_.observe(sample);
}

void DashJsPolicy::on_seek() {
  segments_ = 0;
  bola_.on_seek();
}

}  // namespace rung::abr
