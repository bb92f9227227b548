#pragma once

#include <span>

namespace rung::recommend {

/// The natural logarithm of each number, in its place; they must be above zero. Several are taken
/// at once, in the same way on every machine.
void take_logarithms(std::span<float> numbers);
/// e to the power of each number, in its place.
void take_exponentials(std::span<float> numbers);

}  // namespace rung::recommend
