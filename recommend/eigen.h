#pragma once

// The sizes of Eigen's blocks decide in which order it sums. They are fixed rather than read from
// the processor, so that every machine computes the same bytes.
#define EIGEN_NO_CPUID
#define EIGEN_MPL2_ONLY
#include <Eigen/Cholesky>

#include <cstddef>
#include <span>

namespace rung::recommend {

/// Numbers as Eigen sees them, for element-wise functions that work on several at once.
inline Eigen::Map<Eigen::ArrayXf> array_of(std::span<float> numbers) {
  return {numbers.data(), static_cast<Eigen::Index>(numbers.size())};
}
inline Eigen::Map<const Eigen::ArrayXf> array_of(std::span<const float> numbers) {
  return {numbers.data(), static_cast<Eigen::Index>(numbers.size())};
}

}  // namespace rung::recommend
