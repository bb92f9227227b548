#include "abr/policies/puffer_mpc_policy.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>

#include "core/limits.h"

namespace rung::abr {

namespace {

/// Longer transfers are all equally hopeless; so sums stay far from overflow.
constexpr Duration longest_transfer = std::chrono::hours(24 * 365);

}  // namespace

PufferMpcPolicy::PufferMpcPolicy(const Qoe& qoe, bool robust) : qoe_(qoe), robust_(robust) {
  for (std::vector<Option>& options : options_) options.reserve(limits::representations);
  for (std::vector<double>& values : values_)
    values.reserve((levels + 1) * limits::representations);
}

Decision PufferMpcPolicy::choose(const DecisionContext& context) {
  if (!context.forecast) return {.representation = 0, .reason = Reason::startup_unknown};
  pending_ = context.forecast->throughput;
  prepare(context);
  std::optional<double> before;
  if (context.previous && context.segment > 0) {
    const SegmentNumber seen = context.segment - 1;
    before = qoe_.quality(context.track, seen,
                          std::min(*context.previous, context.track.ladder(seen).size() - 1));
  }
  return {.representation = best(0, nearest(context.buffer_level), before).first,
          .reason = Reason::plan};
}

void PufferMpcPolicy::observe(const TransferSample& sample) {
  if (!pending_ || sample.size < telling_size) return;
  const auto actual = static_cast<double>(bounded_throughput(sample).bits_per_second());
  const auto forecast = static_cast<double>(pending_->bits_per_second());
  errors_.add(std::abs(1 - forecast / actual));
  pending_.reset();
}

void PufferMpcPolicy::prepare(const DecisionContext& context) {
  double worst = 0;
  for (std::size_t i = 0; robust_ && i < errors_.size(); ++i) worst = std::max(worst, errors_[i]);
  const BitRate throughput =
      std::max(scaled(context.forecast->throughput, 1 / (1 + worst)), BitRate::bits_per_second(1));
  const media::Track& track = context.track;
  unit_ = std::max(context.buffer_capacity / static_cast<std::int64_t>(levels), Duration(1));
  depth_ = std::min(horizon, static_cast<std::size_t>(track.segment_count() - context.segment));
  for (std::size_t depth = 0; depth < depth_; ++depth) {
    const SegmentNumber segment = context.segment + static_cast<SegmentNumber>(depth);
    durations_[depth] = track.duration(segment);
    std::vector<Option>& options = options_[depth];
    options.resize(track.ladder(segment).size());
    for (RepresentationIndex i = 0; i < options.size(); ++i)
      options[i] = {.quality = qoe_.quality(track, segment, i),
                    .transfer = std::min(track.size(segment, i) / throughput, longest_transfer)};
    if (depth > 0)
      values_[depth].assign((levels + 1) * options_[depth - 1].size(),
                            std::numeric_limits<double>::quiet_NaN());
  }
}

std::size_t PufferMpcPolicy::nearest(Duration level) const {
  const auto steps = static_cast<std::size_t>((level + unit_ / 2) / unit_);
  return std::min(steps, levels);
}

PufferMpcPolicy::Best PufferMpcPolicy::best(std::size_t depth, std::size_t level,
                                            std::optional<double> before) {
  Best found{.worth = -std::numeric_limits<double>::infinity(), .first = 0};
  const std::vector<Option>& options = options_[depth];
  for (RepresentationIndex i = 0; i < options.size(); ++i) {
    const Option& option = options[i];
    Duration left = unit_ * static_cast<std::int64_t>(level);
    const Duration stalled = drain(left, option.transfer);
    double worth = option.quality - qoe_.rebuffer_cost(stalled);
    if (before) worth -= qoe_.switch_cost(*before, option.quality);
    if (depth + 1 < depth_) worth += value(depth + 1, nearest(left + durations_[depth]), i);
    if (worth > found.worth) found = {.worth = worth, .first = i};
  }
  return found;
}

double PufferMpcPolicy::value(std::size_t depth, std::size_t level, RepresentationIndex chosen) {
  const std::vector<Option>& before = options_[depth - 1];
  double& known = values_[depth][level * before.size() + chosen];
  if (std::isnan(known)) known = best(depth, level, before[chosen].quality).worth;
  return known;
}

}  // namespace rung::abr
