#include "abr/estimator_factory.h"

#include <array>
#include <charconv>
#include <string>
#include <utility>

#include "abr/estimators/ar1_estimator.h"
#include "abr/estimators/ewma_estimator.h"
#include "abr/estimators/harmonic_mean_estimator.h"
#include "abr/estimators/holt_winters_estimator.h"
#include "abr/estimators/kalman_estimator.h"
#include "abr/estimators/last_sample_estimator.h"
#include "abr/estimators/mean_estimator.h"
#include "abr/estimators/quantile_estimator.h"
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
  bool has_quantiles = false;
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
    {"ar1", plain<Ar1Estimator>, true},
    {"kalman", plain<KalmanEstimator>, true},
});

constexpr auto names = [] {
  std::array<std::string_view, table.size()> all;
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = table[i].name;
  return all;
}();

/// "NAME:P" of an estimator with quantiles.
Expected<std::unique_ptr<ThroughputEstimator>> make_quantile(const Entry& entry,
                                                             std::string_view parameter) {
  if (!entry.has_quantiles)
    return failure(ErrorCode::invalid_argument,
                   "estimator " + std::string(entry.name) +
                       " forecasts but a number, so it takes no probability; ar1 and kalman do");
  double probability = 0;
  const char* const end = parameter.data() + parameter.size();
  const auto [stop, error] = std::from_chars(parameter.data(), end, probability);
  if (error != std::errc{} || stop != end || !(probability >= 0.01 && probability <= 0.99))
    return failure(ErrorCode::invalid_argument,
                   "estimator " + std::string(entry.name) +
                       " takes a probability from 0.01 to 0.99, not '" +
                       std::string(parameter.substr(0, 64)) + "'");
  return std::make_unique<QuantileEstimator>(entry.make(), probability);
}

}  // namespace

std::span<const std::string_view> estimator_names() { return names; }

Expected<std::unique_ptr<ThroughputEstimator>> make_estimator(std::string_view name) {
  for (const Entry& entry : table)
    if (entry.name == name) return entry.make();
  if (const std::size_t colon = name.find(':'); colon != std::string_view::npos)
    for (const Entry& entry : table)
      if (entry.name == name.substr(0, colon)) return make_quantile(entry, name.substr(colon + 1));
  return tl::unexpected(name_error("estimator", name, names));
}

}  // namespace rung::abr
