#include "network_sim/profiles/pensieve_policies.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace rung::network_sim {

namespace {

constexpr double rebuffer_penalty = 4.3;
constexpr std::size_t most_plans = std::size_t{1} << 20;
/// Far more than the worths of two plans differ by rounding, far less than by a choice.
constexpr double slack = 1e-6;

/// What its policies begin with.
abr::Decision first_choice(const abr::DecisionContext& context) {
  const std::size_t rungs = context.track.ladder(context.segment).size();
  return {.representation = std::min<std::size_t>(1, rungs - 1),
          .reason = abr::Reason::startup_unknown};
}

template <std::size_t N>
void push(std::array<double, N>& values, std::size_t known, double value) {
  if (known == N) std::shift_left(values.begin(), values.end(), 1);
  values[std::min(known, N - 1)] = value;
}

}  // namespace

abr::Decision PensieveBufferPolicy::choose(const abr::DecisionContext& context) {
  if (!context.previous) return first_choice(context);
  constexpr double reservoir = 5;
  constexpr double cushion = 10;
  const std::size_t highest = context.track.ladder(context.segment).size() - 1;
  const double level = to_seconds(context.buffer_level);
  std::size_t chosen = 0;
  if (level >= reservoir + cushion) {
    chosen = highest;
  } else if (level >= reservoir) {
    chosen = static_cast<std::size_t>(static_cast<double>(highest) * (level - reservoir) / cushion);
  }
  return {.representation = chosen, .reason = abr::Reason::buffer};
}

void PensieveMpcPolicy::observe(const abr::TransferSample& sample) {
  const double milliseconds =
      static_cast<double>((sample.completed - sample.requested).count()) / 1e6;
  const double throughput = static_cast<double>(sample.size.bytes()) / milliseconds / 1000;
  const double error = forecast_ ? std::abs(*forecast_ - throughput) / throughput : 0;
  push(throughputs_, known_, throughput);
  push(errors_, known_, error);
  known_ = std::min(known_ + 1, throughputs_.size());

  double inverse_sum = 0;
  for (std::size_t i = 0; i < known_; ++i) inverse_sum += 1 / throughputs_[i];
  forecast_ = 1.0 / (inverse_sum / static_cast<double>(known_));
}

abr::Decision PensieveMpcPolicy::choose(const abr::DecisionContext& context) {
  if (!context.previous || !forecast_) return first_choice(context);
  prepare(context);
  const Branch root{.last = std::min(*context.previous, rungs_ - 1),
                    .buffer = to_seconds(context.buffer_level)};
  best_worth_ = -std::numeric_limits<double>::infinity();
  // The best of the plans that keep to one representation bounds the search from its start.
  least_worth_ = best_worth_;
  for (RepresentationIndex kept = 0; kept < rungs_; ++kept) {
    Branch plan = root;
    while (plan.depth < horizon_) plan = extend(plan, kept);
    least_worth_ = std::max(least_worth_, worth(plan) - slack);
  }
  search(root);
  return {.representation = best_.first, .reason = abr::Reason::plan};
}

void PensieveMpcPolicy::prepare(const abr::DecisionContext& context) {
  const media::Track& track = context.track;
  const auto ladder = track.ladder(context.segment);
  rungs_ = ladder.size();
  for (std::size_t i = 0; i < rungs_; ++i)
    kbps_[i] = static_cast<double>(ladder[i].bits_per_second()) / 1000;
  double discount = 1;
  if (variant_ == PensieveMpcVariant::robust)
    discount += std::ranges::max(std::span(errors_).first(known_));
  const double throughput = *forecast_ / discount;

  horizon_ = 0;
  for (std::size_t plans = rungs_; horizon_ < longest_horizon && plans <= most_plans;
       plans *= rungs_) {
    const SegmentNumber segment = context.segment + static_cast<SegmentNumber>(horizon_);
    // A plan does not reach into a part with another ladder.
    if (segment >= track.segment_count() || track.ladder(segment).size() != rungs_) break;
    for (std::size_t i = 0; i < rungs_; ++i) {
      const auto bytes = static_cast<double>(track.size(segment, i).bytes());
      transfers_[horizon_][i] = bytes / 1000000. / throughput;
    }
    durations_[horizon_] = to_seconds(track.duration(segment));
    ++horizon_;
  }
}

PensieveMpcPolicy::Branch PensieveMpcPolicy::extend(const Branch& branch,
                                                    RepresentationIndex representation) const {
  Branch longer = branch;
  const double transfer = transfers_[branch.depth][representation];
  if (branch.buffer < transfer) {
    longer.stalled += transfer - branch.buffer;
    longer.buffer = 0;
  } else {
    longer.buffer -= transfer;
  }
  longer.buffer += durations_[branch.depth];
  longer.bitrates += kbps_[representation];
  longer.changes += std::abs(kbps_[representation] - kbps_[branch.last]);
  longer.last = representation;
  if (branch.depth == 0) longer.first = representation;
  ++longer.depth;
  return longer;
}

double PensieveMpcPolicy::worth(const Branch& branch) {
  return branch.bitrates / 1000. - rebuffer_penalty * branch.stalled - branch.changes / 1000.;
}

double PensieveMpcPolicy::bound(const Branch& branch) const {
  // The rest is worth no more than if it went to the highest representation at once and never
  // stalled again.
  const double highest = kbps_[rungs_ - 1];
  const auto left = static_cast<double>(horizon_ - branch.depth);
  const double rest = left > 0 ? left * highest - (highest - kbps_[branch.last]) : 0;
  return worth(branch) + rest / 1000;
}

void PensieveMpcPolicy::search(const Branch& branch) {
  if (branch.depth == horizon_) {
    const double value = worth(branch);
    if (value < best_worth_) return;
    best_worth_ = value;
    best_ = branch;
    return;
  }
  for (RepresentationIndex next = 0; next < rungs_; ++next) {
    const Branch longer = extend(branch, next);
    if (bound(longer) >= std::max(best_worth_ - slack, least_worth_)) search(longer);
  }
}

}  // namespace rung::network_sim
