#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "abr/throughput_estimator.h"
#include "core/expected.h"

namespace rung::abr {

/// What serves most policies best (docs/policies.md); default_estimator_of() knows the others.
inline constexpr std::string_view default_estimator = "harmonic";

/// The names that make_estimator() knows, for help texts. Those with quantiles take a probability,
/// which is forecast in place of the median: "ar1:0.3".
[[nodiscard]] std::span<const std::string_view> estimator_names();

/// A new estimator, or invalid_argument naming the nearest name and all of them.
[[nodiscard]] Expected<std::unique_ptr<ThroughputEstimator>> make_estimator(std::string_view name);

}  // namespace rung::abr
