#include "abr/policies/lol_plus_policy.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "abr/ladder.h"

namespace rung::abr {

namespace {

constexpr double safety = 0.9;
constexpr double least_buffer = 0.3;  ///< Seconds.
constexpr double headroom = 10'000;   ///< Bit/s.
constexpr double strong_weight = 100;
constexpr std::array<double, 4> weights{0.2, 0.2, 1, 0.2};
constexpr double learning_rate = 0.01;
constexpr double neighbourhood = 0.1;

double bits(BitRate rate) { return static_cast<double>(rate.bits_per_second()); }

}  // namespace

Decision LolPlusPolicy::choose(const DecisionContext& context) {
  const std::span<const BitRate> ladder = context.track.ladder(context.segment);
  if (!std::ranges::equal(ladder, std::span(ladder_).first(rungs_))) start(context);
  if (!context.forecast) return {.representation = 0, .reason = Reason::startup_unknown};
  const BitRate usable = scaled(context.forecast->throughput, safety);
  if (!context.previous || *context.previous >= ladder.size())
    return {.representation = highest_within(ladder, usable), .reason = Reason::throughput};

  const std::size_t current = *context.previous;
  const double throughput = std::max(bits(usable), 1.0);
  const double level = to_seconds(context.buffer_level);
  const double duration = to_seconds(context.track.duration(context.segment));
  const double transfer = bits(ladder[current]) * duration / throughput;
  if (level - transfer < least_buffer)
    return {.representation =
                std::min(static_cast<RepresentationIndex>(current), highest_within(ladder, usable)),
            .reason = Reason::insufficient_buffer};

  double target = throughput / norm_;
  if (target > 1) {
    target = 0;
    for (std::size_t i = 0; i < rungs_; ++i) target = std::max(target, neurons_[i][0]);
  }
  std::size_t nearest = 0;
  double least = 0;
  for (std::size_t i = 0; i < rungs_; ++i) {
    const double time = bits(ladder[i]) * duration / throughput;
    const double left = time > duration ? level - duration : level + duration - time;
    const bool risky = bits(ladder[i]) > throughput - headroom || left < least_buffer;
    const State& neuron = neurons_[i];
    const double strength = risky && ladder[i] != ladder.front() ? strong_weight : weights[0];
    const double distance = strength * (neuron[0] - target) * (neuron[0] - target) +
                            weights[1] * neuron[1] * neuron[1] +
                            weights[2] * neuron[2] * neuron[2] + weights[3] * neuron[3] * neuron[3];
    if (i > 0 && distance >= least) continue;
    least = distance;
    nearest = i;
  }
  const double change = std::abs(bits(ladder[current]) - bits(ladder[nearest])) / norm_;
  move_towards({target, 0, std::max(0.0, transfer - level), change}, current);
  move_towards({target, 0, 0, change}, nearest);
  return {.representation = static_cast<RepresentationIndex>(nearest), .reason = Reason::plan};
}

void LolPlusPolicy::start(const DecisionContext& context) {
  const std::span<const BitRate> ladder = context.track.ladder(context.segment);
  rungs_ = ladder.size();
  std::ranges::copy(ladder, ladder_.begin());
  double squares = 0;
  for (const BitRate bandwidth : ladder) squares += bits(bandwidth) * bits(bandwidth);
  norm_ = std::sqrt(squares);
  for (std::size_t i = 0; i < rungs_; ++i) neurons_[i] = {bits(ladder[i]) / norm_, 0, 0, 0};
}

void LolPlusPolicy::move_towards(const State& came, std::size_t centre) {
  for (std::size_t i = 0; i < rungs_; ++i) {
    State& neuron = neurons_[i];
    double squares = 0;
    for (std::size_t k = 0; k < neuron.size(); ++k) {
      const double difference = neuron[k] - neurons_[centre][k];
      squares += difference * difference;
    }
    const double share = learning_rate * std::exp(-squares / (2 * neighbourhood * neighbourhood));
    for (std::size_t k = 0; k < neuron.size(); ++k) neuron[k] += share * (came[k] - neuron[k]);
  }
}

}  // namespace rung::abr
