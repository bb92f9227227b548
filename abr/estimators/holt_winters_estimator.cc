#include "abr/estimators/holt_winters_estimator.h"

#include <algorithm>
#include <cstdint>

namespace rung::abr {

namespace {

constexpr double level_weight = 0.8;
constexpr double trend_weight = 0.2;
constexpr double least_share = 0.1;
constexpr double most = 1e15;  ///< As bounded_throughput().

}  // namespace

void HoltWintersEstimator::observe(const TransferSample& sample) {
  latency_.observe(sample);
  const SampleUse use = filter_.judge(sample);
  if (use == SampleUse::ignore) return;
  if (use == SampleUse::restart) level_.reset();
  const double rate = static_cast<double>(bounded_throughput(sample).bits_per_second());
  if (!level_) {
    level_ = rate;
    trend_ = 0;
    return;
  }
  const double before = *level_;
  level_ = std::max(level_weight * rate + (1 - level_weight) * (before + trend_), 1.0);
  trend_ = trend_weight * (*level_ - before) + (1 - trend_weight) * trend_;
}

std::optional<Forecast> HoltWintersEstimator::forecast() const {
  if (!level_) return std::nullopt;
  const double next = std::clamp(*level_ + trend_, std::max(least_share * *level_, 1.0), most);
  return Forecast{.throughput = BitRate::bits_per_second(static_cast<std::int64_t>(next)),
                  .latency = latency_.expected()};
}

}  // namespace rung::abr
