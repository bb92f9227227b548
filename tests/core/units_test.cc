#include "core/units.h"

#include <gtest/gtest.h>

#include <concepts>

#include "core/random.h"

namespace rung {
namespace {

template <typename A, typename B>
concept Addable = requires(A a, B b) {
  a + b;
};
template <typename A, typename B>
concept Multipliable = requires(A a, B b) {
  a* b;
};
template <typename A, typename B>
concept Comparable = requires(A a, B b) {
  a < b;
};

static_assert(Addable<ByteCount, ByteCount> && !Addable<BitRate, ByteCount>);
static_assert(!Addable<ByteCount, std::int64_t> && !Multipliable<BitRate, BitRate>);
static_assert(!Comparable<ByteCount, BitRate> && !Comparable<ByteCount, std::int64_t>);
static_assert(!std::convertible_to<std::int64_t, ByteCount>);
static_assert(!std::convertible_to<std::int64_t, BitRate>);

TEST(Units, DivideAndMultiply) {
  using namespace std::chrono_literals;
  EXPECT_EQ(1000_bytes / 8_kbps, 1s);
  EXPECT_EQ(8_kbps * 1s, 1000_bytes);
  EXPECT_EQ(1000_bytes / Duration(1s), 8_kbps);
  EXPECT_EQ(0_bps * 1h, 0_bytes);
  EXPECT_EQ(scaled(1000_kbps, 0.5), 500_kbps);
}

TEST(Units, SaturateInsteadOfOverflowing) {
  EXPECT_EQ(ByteCount::max() / 1_bps, Duration::max());
  EXPECT_EQ(BitRate::bits_per_second(INT64_MAX) * Duration::max(), ByteCount::max());
  EXPECT_EQ(ByteCount::max() / Duration(1), BitRate::bits_per_second(INT64_MAX));
  EXPECT_EQ(scaled(BitRate::bits_per_second(INT64_MAX), 2.0), BitRate::bits_per_second(INT64_MAX));
}

TEST(UnitsDeathTest, AnOutageCannotDivide) {
  EXPECT_DEATH((void)(1_bytes / BitRate()), "does not hold");
  EXPECT_DEATH((void)(1_bytes / Duration(0)), "does not hold");
}

// At the time when a transfer is said to end, all of it has arrived, and a nanosecond before not.
TEST(Units, ATransferEndsAtTheFirstNanosecondAtWhichAllHasArrived) {
  Random random(2);
  for (int run = 0; run < 100'000; ++run) {
    const ByteCount size(static_cast<std::int64_t>(random.below(1ULL << (1 + run % 40))) + 1);
    const auto rate =
        BitRate::bits_per_second(static_cast<std::int64_t>(random.below(1ULL << 33)) + 1'000);
    const Duration time = size / rate;
    ASSERT_GE(rate * time, size);
    ASSERT_LT(rate * (time - Duration(1)), size);
  }
}

}  // namespace
}  // namespace rung
