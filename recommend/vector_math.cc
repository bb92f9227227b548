#include "recommend/vector_math.h"

#include <Eigen/Core>

namespace rung::recommend {
namespace {

Eigen::Map<Eigen::ArrayXf> array_of(std::span<float> numbers) {
  return {numbers.data(), static_cast<Eigen::Index>(numbers.size())};
}

}  // namespace

void take_logarithms(std::span<float> numbers) {
  auto values = array_of(numbers);
  values = values.log();
}

void take_exponentials(std::span<float> numbers) {
  auto values = array_of(numbers);
  values = values.exp();
}

}  // namespace rung::recommend
