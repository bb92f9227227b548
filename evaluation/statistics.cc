#include "evaluation/statistics.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
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

/// The chance that Student's t lies within [-t, t], where t is sqrt(degrees) tan(angle).
double student_within(double angle, std::size_t degrees) {
  const double sine = std::sin(angle);
  const double cosine = std::cos(angle);
  const bool odd = degrees % 2 == 1;
  // The factors of the terms are 2/3, 4/5, ... for odd degrees, else 1/2, 3/4, ...
  double term = odd ? cosine : 1;
  double sum = degrees == 1 ? 0 : term;
  for (std::size_t k = odd ? 3 : 2; k < degrees && term > 0; k += 2) {
    const auto factor = static_cast<double>(k);
    term *= (factor - 1) / factor * cosine * cosine;
    sum += term;
  }
  return odd ? (angle + sine * sum) * 2 / std::numbers::pi : sine * sum;
}

/// Of the sums' magnitudes together, what is none.
constexpr double rounding = 1e-12;

std::size_t count_differing(std::span<const Cluster> clusters) {
  double magnitude = 0;
  for (const Cluster& cluster : clusters) magnitude += std::abs(cluster.sum);
  return static_cast<std::size_t>(std::ranges::count_if(clusters, [&](const Cluster& cluster) {
    return std::abs(cluster.sum) > rounding * magnitude;
  }));
}

/// The share of all ways to give the sums signs whose total lies as far from zero as theirs. Signs
/// that are turned all at once give the same, so the last one stays.
double flipped_share(std::span<const Cluster> clusters) {
  double total = 0;
  double magnitude = 0;
  for (const Cluster& cluster : clusters) {
    total += cluster.sum;
    magnitude += std::abs(cluster.sum);
  }
  const double least = std::abs(total) - rounding * magnitude;
  std::vector<double> sums;
  for (const Cluster& cluster : clusters) sums.push_back(cluster.sum);
  const std::uint64_t ways = std::uint64_t{1} << (clusters.size() - 1);
  std::uint64_t as_far = 1;  // As they are.
  for (std::uint64_t way = 1; way < ways; ++way) {
    // From each way to the next one sign changes (Gray code).
    double& changed = sums[static_cast<std::size_t>(std::countr_zero(way))];
    total -= 2 * changed;
    changed = -changed;
    if (std::abs(total) >= least) ++as_far;
  }
  return static_cast<double>(as_far) / static_cast<double>(ways);
}

/// `t`, of the mean of the clusters, with what their skewness does to it taken out.
double without_skewness(double t, std::span<const Cluster> clusters, double mean) {
  const auto count = static_cast<double>(clusters.size());
  double squares = 0;
  double cubes = 0;
  for (const Cluster& cluster : clusters) {
    const double off = cluster.sum - mean * cluster.count;
    squares += off * off;
    cubes += off * off * off;
  }
  if (squares == 0) return t;
  const double skewness = std::sqrt(count * (count - 1)) / (count - 2) * (cubes / count) /
                          std::pow(squares / count, 1.5);
  const double root = std::sqrt(count);
  const double bend = skewness / (3 * root);
  return t + bend * t * t + bend * bend * t * t * t / 3 + skewness / (6 * root);
}

double p_value_of(const MeanDifference& found, std::span<const Cluster> clusters) {
  if (found.standard_error == 0 && found.mean == 0) return 1;
  double p_value = 0;
  const std::size_t degrees = clusters.size() - 1;
  if (found.standard_error > 0) {
    const double t = found.mean / found.standard_error;
    p_value = student_p_value(t, degrees);
    if (clusters.size() > 2)
      p_value =
          std::max(p_value, student_p_value(without_skewness(t, clusters, found.mean), degrees));
  }
  if (clusters.size() <= most_flipped_clusters)
    p_value = std::max(p_value, flipped_share(clusters));
  return p_value;
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
                       .clusters = clusters.size(),
                       .differing = count_differing(clusters)};
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (clusters.size() == 1) {
    found.low = -infinity;
    found.high = infinity;
    found.standard_error = infinity;
    return found;
  }

  Random random(options.seed);
  std::vector<double> means(static_cast<std::size_t>(options.resamples));
  for (double& mean : means) {
    Cluster drawn;
    for (std::size_t i = 0; i < clusters.size(); ++i) {
      const Cluster& cluster = clusters[random.below(clusters.size())];
      drawn.sum += cluster.sum;
      drawn.count += cluster.count;
    }
    mean = drawn.sum / drawn.count;
  }
  const auto count = static_cast<double>(clusters.size());
  found.standard_error = std::sqrt(count / (count - 1)) * standard_deviation(means);
  const std::size_t degrees = clusters.size() - 1;
  const double reach =
      student_quantile((1 + options.confidence) / 2, degrees) * found.standard_error;
  found.low = found.mean - reach;
  found.high = found.mean + reach;
  found.p_value = p_value_of(found, clusters);
  return found;
}

double smallest_p_value(std::size_t clusters, std::size_t differing) {
  if (clusters > most_flipped_clusters) return 0;
  return differing == 0 ? 1 : std::ldexp(1.0, 1 - static_cast<int>(differing));
}

std::size_t fewest_clusters(double significance) {
  RUNG_CHECK(significance > 0 && significance < 1);
  for (std::size_t clusters = 2; clusters <= most_flipped_clusters; ++clusters)
    if (smallest_p_value(clusters, clusters) <= significance) return clusters;
  return most_flipped_clusters + 1;
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
  const double within = std::abs(2 * probability - 1);
  double low = 0;
  double high = std::numbers::pi / 2;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (student_within(middle, degrees) < within ? low : high) = middle;
  }
  const double quantile = std::sqrt(static_cast<double>(degrees)) * std::tan((low + high) / 2);
  return probability < 0.5 ? -quantile : quantile;
}

double student_p_value(double t, std::size_t degrees) {
  RUNG_CHECK(degrees > 0);
  const double angle = std::atan(std::abs(t) / std::sqrt(static_cast<double>(degrees)));
  return std::clamp(1 - student_within(angle, degrees), 0.0, 1.0);
}

double minimum_detectable_effect(double standard_error, std::size_t clusters, double significance,
                                 double power) {
  if (clusters < fewest_clusters(significance)) return std::numeric_limits<double>::infinity();
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
