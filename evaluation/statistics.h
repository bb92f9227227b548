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
  double standard_error = 0;  ///< Standard deviation of the resampled means; infinite as above.
  double p_value = 1;         ///< Two-sided, that the true mean difference is zero.
  std::size_t differences = 0;
  std::size_t clusters = 0;
  friend bool operator==(const MeanDifference&, const MeanDifference&) = default;
};

/// The mean of at least one difference with its cluster bootstrap interval: whole clusters are
/// drawn with replacement (Cameron, Gelbach, Miller, "Bootstrap-based improvements for inference
/// with clustered errors", Review of Economics and Statistics 90(3), 2008, section II; Davison and
/// Hinkley, "Bootstrap Methods and their Application", 1997, section 3.8).
///
/// The percentile interval of few clusters is too narrow. So the resampled means are moved away
/// from the mean by sqrt(G / (G - 1)) times the ratio of Student's quantile with G - 1 degrees of
/// freedom to the normal one, G clusters (Hesterberg, "What teachers should know about the
/// bootstrap", The American Statistician 69(4), 2015, section 5.3, scales the quantiles alike). The
/// p-value is of the same distribution: 2 min(share <= 0, share >= 0), each with one added above
/// and below (Davison and Hinkley, section 4.2), at most 1.
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

/// Student's quantile at `probability` within (0, 1): the expansion of Abramowitz and Stegun,
/// "Handbook of Mathematical Functions", 26.7.5, for three and more `degrees` of freedom (within 1
/// % at 0.975); the exact formulas for one and two.
[[nodiscard]] double student_quantile(double probability, std::size_t degrees);

/// The smallest true mean difference that a two-sided test at `significance` finds with probability
/// `power`, where the estimate has `standard_error` from `clusters` clusters: (t(1 - significance /
/// 2) + z(power)) times the standard error. Infinite for one cluster.
[[nodiscard]] double minimum_detectable_effect(double standard_error, std::size_t clusters,
                                               double significance, double power);

/// The value below which `share` (within [0, 1]) of `sorted`, which is not empty, lies: linear
/// between order statistics (Hyndman and Fan's type 7).
[[nodiscard]] double quantile(std::span<const double> sorted, double share);

}  // namespace rung::evaluation
