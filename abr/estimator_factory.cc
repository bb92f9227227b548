#include "abr/estimator_factory.h"

#include <array>

#include "abr/estimators/ar1_estimator.h"
#include "abr/estimators/ewma_estimator.h"
#include "abr/estimators/harmonic_mean_estimator.h"
#include "abr/estimators/holt_winters_estimator.h"
#include "abr/estimators/kalman_estimator.h"
#include "abr/estimators/last_sample_estimator.h"
#include "abr/estimators/mean_estimator.h"
#include "abr/estimators/sliding_percentile_estimator.h"
#include "abr/name_error.h"

namespace rung::abr {

namespace {

using Maker = std::unique_ptr<ThroughputEstimator> (*)();

template <typename Made>
std::unique_ptr<ThroughputEstimator> plain() {
  return std::make_unique<Made>();
}

template <int fast, int slow>
std::unique_ptr<ThroughputEstimator> ewma() {
  return std::make_unique<EwmaEstimator>(std::chrono::seconds(fast), std::chrono::seconds(slow));
}

struct Entry {
  std::string_view name;
  Maker make;
};

constexpr auto table = std::to_array<Entry>({
    {"last", plain<LastSampleEstimator>},
    {"mean", plain<MeanEstimator>},
    {"harmonic", plain<HarmonicMeanEstimator>},
    {"ewma", plain<EwmaEstimator>},
    {"ewma-hls-js", ewma<3, 9>},
    {"ewma-shaka", ewma<2, 5>},
    {"holt-winters", plain<HoltWintersEstimator>},
    {"sliding-percentile", plain<SlidingPercentileEstimator>},
    {"ar1", plain<Ar1Estimator>},
    {"kalman", plain<KalmanEstimator>},
});

constexpr auto names = [] {
  std::array<std::string_view, table.size()> all;
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = table[i].name;
  return all;
}();

}  // namespace

std::span<const std::string_view> estimator_names() { return names; }

Expected<std::unique_ptr<ThroughputEstimator>> make_estimator(std::string_view name) {
  for (const Entry& entry : table)
    if (entry.name == name) return entry.make();
  return tl::unexpected(name_error("estimator", name, names));
}

}  // namespace rung::abr
