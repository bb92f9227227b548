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
  double p_value = 1;         ///< Two-sided, that the true mean difference is zero.
  std::size_t differences = 0;
  std::size_t clusters = 0;
  friend bool operator==(const MeanDifference&, const MeanDifference&) = default;
};

/// The mean of at least one difference with its standard error by the cluster bootstrap: whole
/// clusters are drawn with replacement (Cameron, Gelbach, Miller, "Bootstrap-based improvements for
/// inference with clustered errors", Review of Economics and Statistics 90(3), 2008, section II;
/// Davison and Hinkley, "Bootstrap Methods and their Application", 1997, section 3.8). The spread
/// of the resampled means is too small for few clusters, G, by sqrt((G - 1) / G), which is made up
/// for.
///
/// The interval and the p-value are those of Student's distribution with G - 1 degrees of freedom
/// for the mean over its standard error, so that the interval leaves zero out where the p-value is
/// below 1 - confidence, and p-values far below that hold for few clusters as well: shares of
/// resampled means say nothing there.
///
/// A function of its arguments alone.
[[nodiscard]] MeanDifference cluster_bootstrap(std::span<const PairedDifference> differences,
                                               const BootstrapOptions& options);

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

/// The smallest true mean difference that a two-sided test at `significance` finds with probability
/// `power`, where the estimate has `standard_error` from `clusters` clusters: (t(1 - significance /
/// 2) + z(power)) times the standard error. Infinite for one cluster.
[[nodiscard]] double minimum_detectable_effect(double standard_error, std::size_t clusters,
                                               double significance, double power);

/// The value below which `share` (within [0, 1]) of `sorted`, which is not empty, lies: linear
/// between order statistics (Hyndman and Fan's type 7).
[[nodiscard]] double quantile(std::span<const double> sorted, double share);

}  // namespace rung::evaluation
