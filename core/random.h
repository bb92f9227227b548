#pragma once

#include <cstdint>

namespace rung {

/// A stream of random numbers that is the same with every compiler and standard library
/// (SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
/// A value: copy it to fork the stream.
class Random {
 public:
  constexpr explicit Random(std::uint64_t seed) : state_(seed) {}

  /// 64 random bits.
  [[nodiscard]] std::uint64_t bits();
  /// A number in [0, 1) with 53 random bits.
  [[nodiscard]] double uniform();
  /// A whole number in [0, bound); `bound` must be above zero. Without bias.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound);
  /// Standard normal (Marsaglia's polar method).
  [[nodiscard]] double normal();
  /// Exponential with mean 1.
  [[nodiscard]] double exponential();

 private:
  std::uint64_t state_;
};

}  // namespace rung
