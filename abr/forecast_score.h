#pragma once

#include <cstdint>
#include <span>

#include "abr/throughput_estimator.h"

namespace rung::abr {

/// How good an estimator's forecasts of the very next throughput are, over any number of histories.
/// Errors are natural logarithms: ln(forecast / what came). A value.
class ForecastScore {
 public:
  /// `level` is the probability, in (0, 1), of the interval between the quantiles (1 - level) / 2
  /// and (1 + level) / 2 that is judged.
  explicit ForecastScore(double level) : level_(level) {}

  /// The transfers of one link in order, and an estimator that has seen none of them. Every
  /// transfer but those before the first forecast counts.
  void add(std::span<const TransferSample> history, ThroughputEstimator& estimator);

  [[nodiscard]] std::int64_t forecasts() const { return forecasts_; }
  /// Zero without forecasts, as are the other two.
  [[nodiscard]] double mean_absolute_error() const { return mean(absolute_errors_, forecasts_); }
  /// Above zero where the forecasts are too high.
  [[nodiscard]] double bias() const { return mean(errors_, forecasts_); }
  /// Forecasts with an interval; zero for an estimator that gives but a number.
  [[nodiscard]] std::int64_t intervals() const { return intervals_; }
  /// The share of what came that lay within its interval, ends included; below it; above it.
  [[nodiscard]] double coverage() const { return intervals_ == 0 ? 0 : 1 - below() - above(); }
  [[nodiscard]] double below() const { return mean(static_cast<double>(below_), intervals_); }
  [[nodiscard]] double above() const { return mean(static_cast<double>(above_), intervals_); }
  /// The mean of ln(upper end / lower end).
  [[nodiscard]] double width() const { return mean(widths_, intervals_); }
  /// The mean interval score: width + 2 / (1 - level) x how far outside. The lower the better;
  /// Gneiting and Raftery, JASA 102 (2007), section 6.2.
  [[nodiscard]] double interval_score() const { return mean(scores_, intervals_); }

 private:
  [[nodiscard]] static double mean(double sum, std::int64_t count) {
    return count == 0 ? 0 : sum / static_cast<double>(count);
  }
  void judge(const ThroughputEstimator& estimator, double came);

  double level_;
  std::int64_t forecasts_ = 0;
  double absolute_errors_ = 0;
  double errors_ = 0;
  std::int64_t intervals_ = 0;
  std::int64_t below_ = 0;
  std::int64_t above_ = 0;
  double widths_ = 0;
  double scores_ = 0;
};

}  // namespace rung::abr
