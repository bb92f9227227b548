#include "recommend/exploration.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "core/check.h"

namespace rung::recommend {
namespace {

/// What is known before counts like so many looks at a title.
constexpr double looks_before = 20;
/// No title is certain to be chosen or to be left.
constexpr double least_probability = 1e-6;
/// The draw of a title is integrated over so many standard deviations to each side, in so many
/// steps (an even number).
constexpr double deviations = 8;
constexpr int steps = 160;

/// A normal distribution of log-odds.
struct Belief {
  std::size_t candidate = 0;
  double mean = 0;
  double deviation = 0;
  double drawn = 0;
};

std::vector<Belief> beliefs_of(std::span<const RowCandidate> candidates) {
  std::vector<Belief> beliefs;
  beliefs.reserve(candidates.size());
  for (const RowCandidate& one : candidates) {
    RUNG_CHECK(one.chosen >= 0 && one.chosen <= one.seen);
    const double p = std::clamp(one.probability, least_probability, 1 - least_probability);
    const auto chosen = static_cast<double>(one.chosen);
    const double a = looks_before * p + chosen;
    const double b = looks_before * (1 - p) + static_cast<double>(one.seen) - chosen;
    beliefs.push_back({.candidate = beliefs.size(),
                       .mean = std::log(a / b),
                       .deviation = std::sqrt(1 / std::max(a, 1.0) + 1 / std::max(b, 1.0))});
  }
  return beliefs;
}

/// How probable it is that `belief` draws more than `value`.
double more_than(double value, const Belief& belief) {
  return std::erfc((value - belief.mean) / (belief.deviation * std::numbers::sqrt2)) / 2;
}

/// How probable it is that exactly `place` of the others draw more than beliefs[who] does.
double propensity(std::span<const Belief> beliefs, std::size_t who, std::size_t place) {
  const Belief& own = beliefs[who];
  constexpr double step = 2 * deviations / steps;
  std::vector<double> more(place + 1);  // By how many drew more.
  double sum = 0;
  for (int at = 0; at <= steps; ++at) {
    const double z = -deviations + at * step;
    std::ranges::fill(more, 0.0);
    more[0] = 1;
    for (std::size_t other = 0; other < beliefs.size(); ++other) {
      if (other == who) continue;
      const double p = more_than(own.mean + z * own.deviation, beliefs[other]);
      for (std::size_t count = place; count > 0; --count)
        more[count] = more[count] * (1 - p) + more[count - 1] * p;
      more[0] *= 1 - p;
    }
    const double weight = at == 0 || at == steps ? 1 : at % 2 == 1 ? 4 : 2;
    sum += weight * std::exp(-z * z / 2) * more[place];
  }
  return std::min(sum * step / 3 / std::sqrt(2 * std::numbers::pi), 1.0);
}

std::vector<std::size_t> order(std::vector<Belief> beliefs, double Belief::*by) {
  std::ranges::stable_sort(beliefs, std::greater<>(), by);
  std::vector<std::size_t> order;
  order.reserve(beliefs.size());
  for (const Belief& one : beliefs) order.push_back(one.candidate);
  return order;
}

}  // namespace

std::vector<PlacedTitle> usual_row(std::span<const RowCandidate> candidates, std::size_t places) {
  std::vector<PlacedTitle> row;
  for (const std::size_t one : order(beliefs_of(candidates), &Belief::mean)) {
    if (row.size() == places) break;
    row.push_back(
        {.title = candidates[one].title, .propensity = 1, .usual = candidates[one].title});
  }
  return row;
}

std::vector<PlacedTitle> explored_row(std::span<const RowCandidate> candidates, std::size_t places,
                                      Random& random) {
  std::vector<Belief> beliefs = beliefs_of(candidates);
  for (Belief& one : beliefs) one.drawn = one.mean + one.deviation * random.normal();
  std::vector<PlacedTitle> row = usual_row(candidates, places);
  const std::vector<std::size_t> drawn = order(beliefs, &Belief::drawn);
  for (std::size_t place = 0; place < row.size(); ++place) {
    row[place].title = candidates[drawn[place]].title;
    row[place].propensity = propensity(beliefs, drawn[place], place);
  }
  return row;
}

}  // namespace rung::recommend
