#include "abr/policies/l2a_policy.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>

#include "abr/ladder.h"

namespace rung::abr {

namespace {

constexpr double safety = 0.9;
constexpr double horizon = 4;
constexpr double reaction = 2;
constexpr Duration target = std::chrono::milliseconds(1500);

double caution() { return std::pow(horizon, 0.99); }

using Weights = std::array<double, limits::representations>;

/// What is to be taken from each of the first `count` values so that those above it add up to one.
double simplex_threshold(const Weights& values, std::size_t count) {
  Weights sorted = values;
  std::sort(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(count),
            std::greater<double>());
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    sum += sorted[i];
    const double threshold = (sum - 1) / static_cast<double>(i + 1);
    if (i + 1 == count || threshold >= sorted[i + 1]) return threshold;
  }
  return 0;
}

double kbps(BitRate rate) { return static_cast<double>(rate.bits_per_second()) / 1000; }

}  // namespace

Decision L2aPolicy::choose(const DecisionContext& context) {
  const std::span<const BitRate> ladder = context.track.ladder(context.segment);
  if (!context.forecast) return {.representation = 0, .reason = Reason::startup_unknown};
  if (rungs_ != ladder.size()) steady_ = false;
  if (!steady_) {
    choice_ = highest_within(ladder, scaled(context.forecast->throughput, safety));
    came_.reset();
    if (context.buffer_level >= target) {
      steady_ = true;
      rungs_ = ladder.size();
      multiplier_ = caution();
      weights_.fill(0);
      weights_[choice_] = 1;
    }
    return {.representation = choice_, .reason = Reason::throughput};
  }
  if (came_) choice_ = learn(context, std::max(kbps(*came_), 1.0));
  came_.reset();
  return {.representation = choice_, .reason = Reason::plan};
}

RepresentationIndex L2aPolicy::learn(const DecisionContext& context, double throughput) {
  const std::span<const BitRate> ladder = context.track.ladder(context.segment);
  const double duration =
      to_seconds(context.track.duration(std::max(context.segment - 1, SegmentNumber{0})));
  const double v = caution();
  const double alpha = std::max(horizon, v * std::sqrt(horizon));
  Weights stepped{};
  for (std::size_t i = 0; i < rungs_; ++i) {
    const double share = kbps(ladder[i]) / throughput;
    const double step = duration / (2 * alpha) * (multiplier_ + v) * share;
    stepped[i] = weights_[i] + (share > 1 ? -step : step);
  }
  const double threshold = simplex_threshold(stepped, rungs_);
  double mean = 0;
  double change = 0;
  for (std::size_t i = 0; i < rungs_; ++i) {
    const double weight = std::max(stepped[i] - threshold, 0.0);
    mean += weight * kbps(ladder[i]);
    change += (weight - weights_[i]) * kbps(ladder[i]);
    weights_[i] = weight;
  }
  multiplier_ = std::max(0.0, multiplier_ - duration + duration * (mean + change) / throughput);
  RepresentationIndex nearest = 0;
  for (RepresentationIndex i = 1; i < rungs_; ++i)
    if (std::abs(kbps(ladder[i]) - mean) < std::abs(kbps(ladder[nearest]) - mean)) nearest = i;
  if (nearest > choice_ && kbps(ladder[choice_ + 1]) <= throughput) nearest = choice_ + 1;
  if (kbps(ladder[nearest]) >= throughput) multiplier_ = reaction * std::max(v, multiplier_);
  return nearest;
}

void L2aPolicy::observe(const TransferSample& sample) { came_ = throughput(sample); }

void L2aPolicy::on_seek() { steady_ = false; }

}  // namespace rung::abr
