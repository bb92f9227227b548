#include "abr/policies/soda_policy.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "abr/ladder.h"

namespace rung::abr {

namespace {

constexpr double buffer_weight = 8;   ///< beta, for an interval.
constexpr double switch_weight = 8;   ///< gamma.
constexpr double above_weight = 0.2;  ///< epsilon.
constexpr double target_share = 0.6;  ///< Of the highest level at which a session asks.
constexpr double infinite = std::numeric_limits<double>::infinity();

}  // namespace

Decision SodaPolicy::choose(const DecisionContext& context) {
  if (!context.forecast) return {.representation = 0, .reason = Reason::startup_unknown};
  const std::span<const BitRate> ladder = context.track.ladder(context.segment);
  const BitRate forecast = context.forecast->throughput;
  // Nothing above the lowest bandwidth that the forecast does not carry.
  const RepresentationIndex within = highest_within(ladder, forecast);
  const RepresentationIndex ceiling =
      ladder[within] > forecast ? within : next_above(ladder, within);
  const std::optional<RepresentationIndex> previous =
      context.previous && *context.previous < ladder.size() ? context.previous : std::nullopt;
  const std::size_t centre = previous.value_or(within);
  const std::size_t first = centre < most_rungs / 2 ? 0 : centre - most_rungs / 2;

  Problem problem;
  problem.rungs = std::min(ladder.size() - first, most_rungs);
  problem.interval = to_seconds(context.track.duration(context.segment));
  problem.most = std::max(to_seconds(context.buffer_capacity), problem.interval);
  problem.target = std::max(
      target_share * to_seconds(context.buffer_capacity - context.track.longest_duration()),
      problem.interval);
  const auto bits = [](BitRate rate) { return static_cast<double>(rate.bits_per_second()); };
  const double range = std::log(bits(ladder.back()) / bits(ladder.front()));
  for (std::size_t i = 0; i < problem.rungs; ++i) {
    const double bandwidth = bits(ladder[first + i]);
    problem.distortion[i] = range > 0 ? std::log(bits(ladder.back()) / bandwidth) / range : 0;
    problem.seconds[i] = bits(forecast) * problem.interval / bandwidth;
  }

  const double level = to_seconds(context.buffer_level);
  std::size_t best = 0;
  double least = infinite;
  for (std::size_t i = 0; i < problem.rungs && (i == 0 || first + i <= ceiling); ++i) {
    const double next = std::min(level + problem.seconds[i] - problem.interval, problem.most);
    double total = cost(problem, level, next, i);
    if (previous) {
      const double change = problem.distortion[i] - problem.distortion[*previous - first];
      total += switch_weight * change * change;
    }
    if (total == infinite) continue;
    const bool rises = !previous || first + i >= *previous;
    const bool falls = !previous || first + i <= *previous;
    double rest = infinite;
    if (rises) rest = least_cost(problem, next, i, 1, horizon - 1);
    if (falls) rest = std::min(rest, least_cost(problem, next, i, -1, horizon - 1));
    if (total + rest >= least) continue;
    least = total + rest;
    best = i;
  }
  // Where every plan runs dry, the lowest of all.
  if (least == infinite) return {.representation = 0, .reason = Reason::insufficient_buffer};
  return {.representation = static_cast<RepresentationIndex>(first + best), .reason = Reason::plan};
}

double SodaPolicy::cost(const Problem& problem, double before, double level, std::size_t rung) {
  if (level < 0) return infinite;
  const double off = (level - problem.target) / problem.target;
  const double arrived = level - before + problem.interval;
  return problem.distortion[rung] * arrived / problem.interval +
         buffer_weight * (off < 0 ? 1 : above_weight) * off * off;
}

double SodaPolicy::least_cost(const Problem& problem, double level, std::size_t before, int step,
                              std::size_t left) {
  if (left == 0) return 0;
  double least = infinite;
  for (std::size_t i = before; i<problem.rungs; i = step> 0 ? i + 1 : i - 1) {
    const double next = std::min(level + problem.seconds[i] - problem.interval, problem.most);
    const double change = problem.distortion[i] - problem.distortion[before];
    const double now = cost(problem, level, next, i) + switch_weight * change * change;
    if (now < least) least = std::min(least, now + least_cost(problem, next, i, step, left - 1));
    if (step < 0 && i == 0) break;
  }
  return least;
}

}  // namespace rung::abr
