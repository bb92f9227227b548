#pragma once

#include <cstddef>
#include <span>

#include "core/units.h"

namespace rung::network_sim {

/// Jain's fairness index of shares that are not negative: (sum x)^2 / (n sum x^2), from 1/n where
/// one has all to 1 where all have the same ("A Quantitative Measure of Fairness", DEC TR-301,
/// 1984). One where nobody has anything.
[[nodiscard]] double jain_index(std::span<const double> shares);

/// sqrt(1 - Jain's index): FESTIVE's measure of unfairness (Jiang, Sekar and Zhang, CoNEXT 2012).
[[nodiscard]] double unfairness(std::span<const double> shares);

/// FESTIVE's instability: over the last `instability_window` segments, the sum of the steps between
/// neighbouring bandwidths by the sum of the bandwidths, the latest weighing most (the window's
/// length less the age); here the mean of it over all segments but the first. FESTIVE counts
/// seconds, we count segments. Zero for fewer than two.
inline constexpr std::size_t instability_window = 20;
[[nodiscard]] double instability(std::span<const BitRate> bandwidths);

}  // namespace rung::network_sim
