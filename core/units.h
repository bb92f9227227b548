#pragma once

#include <compare>
#include <cstdint>
#include <limits>

#include "core/check.h"
#include "core/time.h"

namespace rung {

/// An amount of data in bytes.
class ByteCount {
 public:
  constexpr ByteCount() = default;
  constexpr explicit ByteCount(std::int64_t bytes) : bytes_(bytes) {}
  [[nodiscard]] constexpr std::int64_t bytes() const { return bytes_; }
  [[nodiscard]] static constexpr ByteCount max() {
    return ByteCount(std::numeric_limits<std::int64_t>::max());
  }

  constexpr ByteCount& operator+=(ByteCount other) {
    bytes_ += other.bytes_;
    return *this;
  }
  constexpr ByteCount& operator-=(ByteCount other) {
    bytes_ -= other.bytes_;
    return *this;
  }
  friend constexpr ByteCount operator+(ByteCount a, ByteCount b) { return a += b; }
  friend constexpr ByteCount operator-(ByteCount a, ByteCount b) { return a -= b; }
  friend constexpr auto operator<=>(ByteCount, ByteCount) = default;

 private:
  std::int64_t bytes_ = 0;
};

/// A rate in bits per second: a representation's bandwidth, a link's capacity, a throughput.
/// Zero is legal data (an outage).
class BitRate {
 public:
  constexpr BitRate() = default;
  [[nodiscard]] static constexpr BitRate bits_per_second(std::int64_t value) {
    return BitRate(value);
  }
  [[nodiscard]] constexpr std::int64_t bits_per_second() const { return value_; }

  friend constexpr auto operator<=>(BitRate, BitRate) = default;

 private:
  constexpr explicit BitRate(std::int64_t value) : value_(value) {}
  std::int64_t value_ = 0;
};

/// The rate times a dimensionless weight, rounded down; saturates instead of overflowing.
[[nodiscard]] constexpr BitRate scaled(BitRate rate, double weight) {
  const double product = static_cast<double>(rate.bits_per_second()) * weight;
  constexpr double limit = 9.2e18;
  if (product >= limit) return BitRate::bits_per_second(std::numeric_limits<std::int64_t>::max());
  return BitRate::bits_per_second(static_cast<std::int64_t>(product));
}

/// How long `size` takes at `rate`, rounded up: never early. `rate` must be above zero; code that
/// must live with outages integrates the trace instead. Saturates at Duration::max().
[[nodiscard]] constexpr Duration operator/(ByteCount size, BitRate rate) {
  RUNG_CHECK(rate.bits_per_second() > 0);
  __extension__ using Wide = __int128;
  std::int64_t narrow = 0;  // 64 bits are enough for ordinary sizes, and much faster to divide.
  if (!__builtin_mul_overflow(size.bytes(), std::int64_t{8'000'000'000}, &narrow) && narrow >= 0)
    return Duration(narrow / rate.bits_per_second() + (narrow % rate.bits_per_second() != 0));
  const Wide bit_nanoseconds = static_cast<Wide>(size.bytes()) * 8'000'000'000;
  const Wide divisor = rate.bits_per_second();
  const Wide result = (bit_nanoseconds + divisor - 1) / divisor;
  if (result > Duration::max().count()) return Duration::max();
  return Duration(static_cast<std::int64_t>(result));
}

/// How much arrives at `rate` within `duration`, rounded down: never more than arrived.
[[nodiscard]] constexpr ByteCount operator*(BitRate rate, Duration duration) {
  __extension__ using Wide = __int128;
  std::int64_t narrow = 0;
  if (!__builtin_mul_overflow(rate.bits_per_second(), duration.count(), &narrow))
    return ByteCount(narrow / 8'000'000'000);
  const Wide result =
      static_cast<Wide>(rate.bits_per_second()) * duration.count() / Wide{8'000'000'000};
  if (result > std::numeric_limits<std::int64_t>::max()) return ByteCount::max();
  return ByteCount(static_cast<std::int64_t>(result));
}

/// The mean rate at which `size` arrived within `duration` (above zero), rounded down.
[[nodiscard]] constexpr BitRate operator/(ByteCount size, Duration duration) {
  RUNG_CHECK(duration > Duration::zero());
  __extension__ using Wide = __int128;
  std::int64_t narrow = 0;
  if (!__builtin_mul_overflow(size.bytes(), std::int64_t{8'000'000'000}, &narrow))
    return BitRate::bits_per_second(narrow / duration.count());
  const Wide result = static_cast<Wide>(size.bytes()) * 8'000'000'000 / duration.count();
  if (result > std::numeric_limits<std::int64_t>::max())
    return BitRate::bits_per_second(std::numeric_limits<std::int64_t>::max());
  return BitRate::bits_per_second(static_cast<std::int64_t>(result));
}

inline namespace literals {

[[nodiscard]] constexpr ByteCount operator""_bytes(unsigned long long value) {
  return ByteCount(static_cast<std::int64_t>(value));
}
[[nodiscard]] constexpr BitRate operator""_bps(unsigned long long value) {
  return BitRate::bits_per_second(static_cast<std::int64_t>(value));
}
[[nodiscard]] constexpr BitRate operator""_kbps(unsigned long long value) {
  return BitRate::bits_per_second(static_cast<std::int64_t>(value) * 1000);
}

}  // namespace literals

}  // namespace rung
