#include "abr/estimators/residual_quantiles.h"

#include <algorithm>
#include <cmath>

namespace rung::abr {

namespace {

constexpr double first_scale = 0.3;
constexpr double least_scale = 0.02;
constexpr double scale_gain = 0.1;
constexpr double level_gain = 0.05;
constexpr double tail_slope = 0.25;     ///< In scales for each place beyond the last.
constexpr double farthest_level = 0.5;  ///< Outside [0, 1].

/// Of the Laplace distribution whose mean size is 1.
double laplace(double probability) {
  return probability < 0.5 ? std::log(2 * probability) : -std::log(2 * (1 - probability));
}

}  // namespace

ResidualQuantiles::ResidualQuantiles() : scale_(first_scale) {
  for (std::size_t i = 0; i < remembered; ++i)
    sorted_[i] = laplace((static_cast<double>(i) + 0.5) / remembered);
  // They leave in an order that keeps those that stay spread: 37 and 64 have no common divisor.
  for (std::size_t i = 0; i < remembered; ++i) scaled_.add(sorted_[i * 37 % remembered]);
}

void ResidualQuantiles::observe(double miss) {
  const double scaled = miss / scale_;
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    const double held = scaled <= empirical(levels_[i]) ? 1 : 0;
    levels_[i] = std::clamp(levels_[i] + level_gain * (probabilities[i] - held), -farthest_level,
                            1 + farthest_level);
  }
  std::ranges::sort(levels_);
  remember(scaled);
  scale_ = std::max(scale_ + scale_gain * (std::abs(miss) - scale_), least_scale);
}

double ResidualQuantiles::quantile(double probability) const {
  const auto above = std::ranges::upper_bound(probabilities, probability);
  double level = 0;
  if (above == probabilities.begin()) {
    level = levels_.front() + probability - probabilities.front();
  } else if (above == probabilities.end()) {
    level = levels_.back() + probability - probabilities.back();
  } else {
    const auto right = static_cast<std::size_t>(above - probabilities.begin());
    const double share = (probability - probabilities[right - 1]) /
                         (probabilities[right] - probabilities[right - 1]);
    level = levels_[right - 1] + share * (levels_[right] - levels_[right - 1]);
  }
  return scale_ * empirical(level);
}

double ResidualQuantiles::empirical(double level) const {
  // The i-th smallest of n stands for the level i / (n + 1).
  const double place = level * (remembered + 1) - 1;
  if (place <= 0) return sorted_.front() + tail_slope * place;
  if (place >= remembered - 1) return sorted_.back() + tail_slope * (place - (remembered - 1));
  const auto below = static_cast<std::size_t>(place);
  const double share = place - static_cast<double>(below);
  return sorted_[below] + share * (sorted_[below + 1] - sorted_[below]);
}

void ResidualQuantiles::remember(double scaled) {
  auto gap = std::ranges::lower_bound(sorted_, scaled_[0]);  // The oldest one's place.
  for (; gap + 1 < sorted_.end() && gap[1] < scaled; ++gap) gap[0] = gap[1];
  for (; gap != sorted_.begin() && gap[-1] > scaled; --gap) gap[0] = gap[-1];
  *gap = scaled;
  scaled_.add(scaled);
}

}  // namespace rung::abr
