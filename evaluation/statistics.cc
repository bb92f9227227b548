#include "evaluation/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "core/check.h"
#include "core/random.h"

namespace rung::evaluation {
namespace {

struct Cluster {
  double sum = 0;
  double count = 0;
};

std::vector<Cluster> clusters_of(std::span<const PairedDifference> differences) {
  std::vector<Cluster> clusters;
  for (const PairedDifference& difference : differences) {
    if (difference.cluster >= clusters.size()) clusters.resize(difference.cluster + 1);
    clusters[difference.cluster].sum += difference.value;
    clusters[difference.cluster].count += 1;
  }
  for (const Cluster& cluster : clusters) RUNG_CHECK(cluster.count > 0);
  return clusters;
}

double standard_deviation(std::span<const double> values) {
  const double count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / (count - 1));
}

/// How far the resampled means are moved away from the mean: the percentile interval's shortfall.
double expansion(std::size_t clusters, double confidence) {
  const double count = static_cast<double>(clusters);
  const double upper = (1 + confidence) / 2;
  return std::sqrt(count / (count - 1)) * student_quantile(upper, clusters - 1) /
         normal_quantile(upper);
}

}  // namespace

MeanDifference cluster_bootstrap(std::span<const PairedDifference> differences,
                                 const BootstrapOptions& options) {
  RUNG_CHECK(!differences.empty() && options.resamples >= 100);
  RUNG_CHECK(options.confidence > 0.5 && options.confidence < 1);
  const std::vector<Cluster> clusters = clusters_of(differences);
  double sum = 0;
  for (const Cluster& cluster : clusters) sum += cluster.sum;
  MeanDifference found{.mean = sum / static_cast<double>(differences.size()),
                       .differences = differences.size(),
                       .clusters = clusters.size()};
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (clusters.size() == 1) {
    found.low = -infinity;
    found.high = infinity;
    found.standard_error = infinity;
    return found;
  }

  const double expanded = expansion(clusters.size(), options.confidence);
  Random random(options.seed);
  std::vector<double> means(static_cast<std::size_t>(options.resamples));
  for (double& mean : means) {
    Cluster drawn;
    for (std::size_t i = 0; i < clusters.size(); ++i) {
      const Cluster& cluster = clusters[random.below(clusters.size())];
      drawn.sum += cluster.sum;
      drawn.count += cluster.count;
    }
    mean = found.mean + expanded * (drawn.sum / drawn.count - found.mean);
  }
  std::ranges::sort(means);
  const double tail = (1 - options.confidence) / 2;
  found.low = quantile(means, tail);
  found.high = quantile(means, 1 - tail);
  found.standard_error = standard_deviation(means);
  const auto not_above = static_cast<double>(std::ranges::upper_bound(means, 0.0) - means.begin());
  const auto not_below = static_cast<double>(means.end() - std::ranges::lower_bound(means, 0.0));
  found.p_value = std::min(
      1.0, 2 * (std::min(not_above, not_below) + 1) / (static_cast<double>(means.size()) + 1));
  return found;
}

std::vector<double> holm_adjusted(std::span<const double> p_values) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t index) { return p_values[index]; });
  std::vector<double> adjusted(p_values.size());
  double largest = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const auto left = static_cast<double>(order.size() - rank);
    largest = std::max(largest, std::min(1.0, left * p_values[order[rank]]));
    adjusted[order[rank]] = largest;
  }
  return adjusted;
}

double normal_quantile(double probability) {
  RUNG_CHECK(probability > 0 && probability < 1);
  // Bisection of the distribution function: 60 halvings of [-40, 40] reach the last bits.
  double low = -40;
  double high = 40;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (std::erfc(-middle / std::numbers::sqrt2) / 2 < probability ? low : high) = middle;
  }
  return (low + high) / 2;
}

double student_quantile(double probability, std::size_t degrees) {
  RUNG_CHECK(probability > 0 && probability < 1 && degrees > 0);
  if (degrees == 1) return std::tan(std::numbers::pi * (probability - 0.5));
  if (degrees == 2) return (2 * probability - 1) / std::sqrt(2 * probability * (1 - probability));
  const double z = normal_quantile(probability);
  const double square = z * z;
  const auto n = static_cast<double>(degrees);
  const double first = z * (square + 1) / 4;
  const double second = z * ((5 * square + 16) * square + 3) / 96;
  const double third = z * (((3 * square + 19) * square + 17) * square - 15) / 384;
  const double fourth =
      z * ((((79 * square + 776) * square + 1482) * square - 1920) * square - 945) / 92'160;
  return z + (first + (second + (third + fourth / n) / n) / n) / n;
}

double minimum_detectable_effect(double standard_error, std::size_t clusters, double significance,
                                 double power) {
  if (clusters < 2) return std::numeric_limits<double>::infinity();
  return (student_quantile(1 - significance / 2, clusters - 1) + normal_quantile(power)) *
         standard_error;
}

double quantile(std::span<const double> sorted, double share) {
  RUNG_CHECK(!sorted.empty() && share >= 0 && share <= 1);
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace rung::evaluation
