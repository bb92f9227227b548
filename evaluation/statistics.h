#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rung::evaluation {

/// A paired difference and the cluster that it belongs to. Differences of one cluster may depend on
/// each other (traces cut from one log); those of different clusters do not.
struct PairedDifference {
  double value = 0;
  std::size_t cluster = 0;  ///< Numbered from 0 without gaps.
  friend bool operator==(const PairedDifference&, const PairedDifference&) = default;
};

struct BootstrapOptions {
  int resamples = 10'000;    ///< At least 100.
  double confidence = 0.95;  ///< Of the interval, within (0.5, 1).
  std::uint64_t seed = 1;
  friend bool operator==(const BootstrapOptions&, const BootstrapOptions&) = default;
};

/// A mean difference and how far it can be trusted.
struct MeanDifference {
  double mean = 0;
  double low = 0;  ///< The interval's ends; infinite where there is one cluster only.
  double high = 0;
  double standard_error = 0;  ///< Infinite as above.
  /// Two-sided, that the true mean difference is zero: the largest of three.
  double p_value = 1;
  std::size_t differences = 0;
  std::size_t clusters = 0;
  std::size_t differing = 0;  ///< Clusters whose differences do not add up to zero.
  friend bool operator==(const MeanDifference&, const MeanDifference&) = default;
};

/// The mean of at least one difference with its standard error by the cluster bootstrap: whole
/// clusters are drawn with replacement (Cameron, Gelbach, Miller, "Bootstrap-based improvements for
/// inference with clustered errors", Review of Economics and Statistics 90(3), 2008, section II;
/// Davison and Hinkley, "Bootstrap Methods and their Application", 1997, section 3.8). The spread
/// of the resampled means is too small for few clusters, G, by sqrt((G - 1) / G), which is made up
/// for.
///
/// The interval is that of Student's distribution with G - 1 degrees of freedom for the mean over
/// its standard error. The p-value is the largest of three, as no single one holds for few clusters
/// that are skewed:
///
/// * that of the same ratio, t, by the same distribution;
/// * that of t with what skewness g does to it taken out, t + (g / 3) t^2 / sqrt(G) + (g^2 / 27)
/// t^3
///   / G + g / (6 sqrt(G)), where there are three clusters or more (Hall, "On the removal of
///   skewness by transformation", Journal of the Royal Statistical Society B 54(1), 1992);
/// * the share of all ways to give the clusters' sums signs whose total lies as far from zero
///   (Fisher, "The Design of Experiments", 1935, section 21), up to most_flipped_clusters: of more,
///   it tells what the first one does.
///
/// A function of its arguments alone.
[[nodiscard]] MeanDifference cluster_bootstrap(std::span<const PairedDifference> differences,
                                               const BootstrapOptions& options);

/// With so many clusters all ways to give them signs are counted, at the cost of half a million
/// sums.
inline constexpr std::size_t most_flipped_clusters = 20;

/// Which no p-value of so many clusters is below, where the differences of so many of them do not
/// add up to zero: the others' signs change nothing.
[[nodiscard]] double smallest_p_value(std::size_t clusters, std::size_t differing);

/// The fewest clusters with which a p-value can be as small as `significance`, within (0, 1).
[[nodiscard]] std::size_t fewest_clusters(double significance);

/// Holm's adjusted p-values, in the order of `p_values`: rejecting where they are at most a keeps
/// the chance of one or more false rejections at most a (Holm, "A simple sequentially rejective
/// multiple test procedure", Scandinavian Journal of Statistics 6(2), 1979).
[[nodiscard]] std::vector<double> holm_adjusted(std::span<const double> p_values);

/// The quantile of the standard normal distribution at `probability` within (0, 1).
[[nodiscard]] double normal_quantile(double probability);

/// Student's quantile at `probability` within (0, 1) for at least one of `degrees` of freedom, by
/// the finite sums of Abramowitz and Stegun, "Handbook of Mathematical Functions", 26.7.3
/// and 26.7.4.
[[nodiscard]] double student_quantile(double probability, std::size_t degrees);
/// The chance of a value as far from zero as `t`, on either side; by the same sums.
[[nodiscard]] double student_p_value(double t, std::size_t degrees);

/// The smallest true mean difference that Student's two-sided test at `significance` finds with
/// probability `power`, where the estimate has `standard_error` from `clusters` clusters: (t(1 -
/// significance / 2) + z(power)) times the standard error. Infinite for fewer than
/// fewest_clusters().
[[nodiscard]] double minimum_detectable_effect(double standard_error, std::size_t clusters,
                                               double significance, double power);

/// The value below which `share` (within [0, 1]) of `sorted`, which is not empty, lies: linear
/// between order statistics (Hyndman and Fan's type 7).
[[nodiscard]] double quantile(std::span<const double> sorted, double share);

}  // namespace rung::evaluation
