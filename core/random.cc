#include "core/random.h"

#include <cmath>

#include "core/check.h"

namespace rung {

std::uint64_t Random::bits() {
  state_ += 0x9e3779b97f4a7c15U;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
  return mixed ^ (mixed >> 31U);
}

double Random::uniform() { return static_cast<double>(bits() >> 11U) * 0x1.0p-53; }

std::uint64_t Random::below(std::uint64_t bound) {
  RUNG_CHECK(bound > 0);
  const std::uint64_t unfair = (0 - bound) % bound;  // 2^64 mod bound: the draws to reject
  std::uint64_t draw = bits();
  while (draw < unfair) draw = bits();
  return draw % bound;
}

double Random::normal() {
  for (;;) {
    const double x = 2 * uniform() - 1;
    const double y = 2 * uniform() - 1;
    const double square = x * x + y * y;
    if (square > 0 && square < 1) return x * std::sqrt(-2 * std::log(square) / square);
  }
}

double Random::exponential() { return -std::log1p(-uniform()); }

}  // namespace rung
