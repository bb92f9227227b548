#include "abr/policies/robust_mpc_policy.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/check.h"

namespace rung::abr {

namespace {

/// Longer transfers are all equally hopeless; so sums stay far from overflow.
constexpr Duration longest_transfer = std::chrono::hours(24 * 365);
constexpr std::size_t most_plans = std::size_t{1} << 20;

}  // namespace

Decision RobustMpcPolicy::choose(const DecisionContext& context) {
  if (!context.forecast) return {.representation = 0, .reason = Reason::startup_unknown};
  pending_ = context.forecast->throughput;
  double worst = 0;
  for (std::size_t i = 0; i < errors_.size(); ++i) worst = std::max(worst, errors_[i]);
  prepare(context, std::max(scaled(context.forecast->throughput, 1 / (1 + worst)),
                            BitRate::bits_per_second(1)));

  Branch root{.level = context.buffer_level, .previous = std::nullopt};
  if (context.previous && context.segment > 0) {
    const auto before = context.track.ladder(context.segment - 1);
    root.previous = before[std::min(*context.previous, before.size() - 1)];
  }
  best_worth_ = -std::numeric_limits<double>::infinity();
  best_first_ = 0;
  // Plans that hold one representation are a good first guess.
  for (std::size_t held = 0; held < steps_[0].count; ++held) {
    Branch branch = root;
    while (branch.depth < horizon_)
      branch = extend(branch, std::min(held, steps_[branch.depth].count - 1));
    offer(branch);
  }
  search(root);
  return {.representation = best_first_, .reason = Reason::plan};
}

void RobustMpcPolicy::observe(const TransferSample& sample) {
  if (!pending_ || sample.size < telling_size) return;
  const double actual = static_cast<double>(bounded_throughput(sample).bits_per_second());
  const double forecast = static_cast<double>(pending_->bits_per_second());
  errors_.add(std::abs(forecast - actual) / actual);
  pending_.reset();
}

void RobustMpcPolicy::prepare(const DecisionContext& context, BitRate throughput) {
  const media::Track& track = context.track;
  std::size_t plans = 1;
  for (horizon_ = 0; horizon_ < longest_horizon; ++horizon_) {
    const SegmentNumber segment = context.segment + static_cast<SegmentNumber>(horizon_);
    if (segment >= track.segment_count()) break;
    const auto ladder = track.ladder(segment);
    RUNG_CHECK(ladder.size() <= limits::representations);
    plans *= ladder.size();
    if (plans > most_plans) break;
    Step& step = steps_[horizon_];
    step.count = ladder.size();
    step.duration = track.duration(segment);
    step.room = std::max(context.buffer_capacity - step.duration, Duration::zero());
    step.highest_quality = QoeLin::quality(ladder.back());
    for (std::size_t i = 0; i < ladder.size(); ++i)
      step.options[i] = {
          .quality = QoeLin::quality(ladder[i]),
          .bandwidth = ladder[i],
          .transfer = std::min(track.size(segment, i) / throughput, longest_transfer)};
  }
  RUNG_CHECK(horizon_ > 0);

  // At the middle price all representations of nominal size are worth the same.
  const double even = QoeLin::quality(throughput) / to_seconds(steps_[0].duration);
  price_ = {0, std::min(even, qoe_.rebuffer_penalty), qoe_.rebuffer_penalty};
  highest_[horizon_] = 0;
  playable_[horizon_] = Duration::zero();
  for (auto& priced : priced_) priced[horizon_] = 0;
  for (std::size_t depth = horizon_; depth-- > 0;) {
    const Step& step = steps_[depth];
    highest_[depth] = std::max(step.highest_quality, highest_[depth + 1]);
    playable_[depth] =
        depth + 1 == horizon_ ? Duration::zero() : playable_[depth + 1] + step.duration;
    for (std::size_t p = 0; p < prices; ++p) {
      double most = -std::numeric_limits<double>::infinity();
      for (std::size_t i = 0; i < step.count; ++i)
        most = std::max(most,
                        step.options[i].quality - price_[p] * to_seconds(step.options[i].transfer));
      priced_[p][depth] = priced_[p][depth + 1] + most;
    }
  }
}

RobustMpcPolicy::Branch RobustMpcPolicy::extend(const Branch& branch,
                                                std::size_t representation) const {
  const Step& step = steps_[branch.depth];
  const Option& option = step.options[representation];
  Branch next = branch;
  if (branch.depth == 0) next.first = representation;
  next.level = std::min(next.level, step.room);
  const Duration stalled = drain(next.level, option.transfer);
  next.level += step.duration;
  next.worth += option.quality;
  if (branch.previous) next.worth -= qoe_.switch_cost(*branch.previous, option.bandwidth);
  next.worth -= qoe_.rebuffer_cost(stalled);
  next.previous = option.bandwidth;
  ++next.depth;
  return next;
}

double RobustMpcPolicy::bound(const Branch& branch) const {
  const double steps = static_cast<double>(horizon_ - branch.depth);
  if (branch.depth == horizon_) return branch.worth;
  // Switches alone: go up to the highest at once, or stay.
  const double highest = highest_[branch.depth];
  double rest = steps * highest;
  if (branch.previous) {
    const double previous = QoeLin::quality(*branch.previous);
    if (highest > previous)
      rest = std::max(rest - qoe_.switch_penalty * (highest - previous), steps * previous);
  }
  // Rebuffering alone: transfers stall at least for what the buffer and the segments do not cover.
  const double covered = to_seconds(branch.level + playable_[branch.depth]);
  for (std::size_t p = 0; p < prices; ++p)
    rest = std::min(rest, priced_[p][branch.depth] + price_[p] * covered);
  return branch.worth + rest;
}

void RobustMpcPolicy::search(const Branch& branch) {
  if (branch.depth == horizon_) {
    offer(branch);
    return;
  }
  for (std::size_t i = 0; i < steps_[branch.depth].count; ++i) {
    const Branch next = extend(branch, i);
    const double most = bound(next);
    // Sums in another order round differently; the slack covers that many times over.
    const double slack = 1e-9 * (1 + std::abs(most) + std::abs(best_worth_) + std::abs(next.worth));
    if (most + slack >= best_worth_) search(next);
  }
}

void RobustMpcPolicy::offer(const Branch& leaf) {
  if (leaf.worth < best_worth_ || (leaf.worth == best_worth_ && leaf.first >= best_first_)) return;
  best_worth_ = leaf.worth;
  best_first_ = leaf.first;
}

}  // namespace rung::abr
