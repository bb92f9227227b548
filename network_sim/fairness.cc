#include "network_sim/fairness.h"

#include <algorithm>
#include <cmath>

namespace rung::network_sim {

double jain_index(std::span<const double> shares) {
  double sum = 0;
  double squares = 0;
  for (const double share : shares) {
    sum += share;
    squares += share * share;
  }
  return squares == 0 ? 1 : sum * sum / (static_cast<double>(shares.size()) * squares);
}

double unfairness(std::span<const double> shares) {
  return std::sqrt(std::max(1 - jain_index(shares), 0.0));
}

double instability(std::span<const BitRate> bandwidths) {
  if (bandwidths.size() < 2) return 0;
  const auto at = [&](std::size_t place) {
    return static_cast<double>(bandwidths[place].bits_per_second());
  };
  double sum = 0;
  for (std::size_t latest = 1; latest < bandwidths.size(); ++latest) {
    double steps = 0;
    double all = 0;
    for (std::size_t age = 0; age < instability_window && age < latest; ++age) {
      const auto weight = static_cast<double>(instability_window - age);
      steps += weight * std::abs(at(latest - age) - at(latest - age - 1));
      all += weight * at(latest - age);
    }
    if (all > 0) sum += steps / all;
  }
  return sum / static_cast<double>(bandwidths.size() - 1);
}

}  // namespace rung::network_sim
