#include "abr/estimator_factory.h"

#include <array>

#include "abr/estimators/ewma_estimator.h"
#include "abr/estimators/harmonic_mean_estimator.h"
#include "abr/estimators/last_sample_estimator.h"
#include "abr/estimators/sliding_percentile_estimator.h"
#include "abr/name_error.h"

namespace rung::abr {

namespace {

constexpr std::array<std::string_view, 4> names{"last", "harmonic", "ewma", "sliding-percentile"};

}  // namespace

std::span<const std::string_view> estimator_names() { return names; }

Expected<std::unique_ptr<ThroughputEstimator>> make_estimator(std::string_view name) {
  if (name == "last") return std::make_unique<LastSampleEstimator>();
  if (name == "harmonic") return std::make_unique<HarmonicMeanEstimator>();
  if (name == "ewma") return std::make_unique<EwmaEstimator>();
  if (name == "sliding-percentile") return std::make_unique<SlidingPercentileEstimator>();
  return tl::unexpected(name_error("estimator", name, names));
}

}  // namespace rung::abr
