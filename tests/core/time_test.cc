#include "core/time.h"

#include <gtest/gtest.h>

#include <concepts>
#include <limits>

#include "core/random.h"

namespace rung {
namespace {

template <typename Clock>
concept HasNow = requires {
  Clock::now();
};
template <typename A, typename B>
concept Subtractable = requires(A a, B b) {
  a - b;
};
template <typename A, typename B>
concept Addable = requires(A a, B b) {
  a + b;
};

static_assert(!HasNow<SessionClock> && !HasNow<MediaClock>);
static_assert(HasNow<std::chrono::steady_clock>);
static_assert(!Subtractable<Timestamp, MediaTime> && Subtractable<Timestamp, Timestamp>);
static_assert(!Addable<Timestamp, Timestamp> && Addable<Timestamp, Duration>);
static_assert(!std::convertible_to<double, Duration>);

__extension__ using Wide = __int128;

/// Whether `nanoseconds` is the greatest whole number that does not exceed ticks / timescale.
bool is_floor(std::int64_t nanoseconds, std::int64_t ticks, std::int64_t timescale) {
  const Wide exact = static_cast<Wide>(ticks) * 1'000'000'000;
  const Wide below = static_cast<Wide>(nanoseconds) * timescale;
  return below <= exact && exact - below < timescale;
}

TEST(FromTicks, RoundsDownOnBothSidesOfZero) {
  EXPECT_EQ(from_ticks(1, 3), Duration(333'333'333));
  EXPECT_EQ(from_ticks(-1, 3), Duration(-333'333'334));
  EXPECT_EQ(from_ticks(-3, 3), Duration(-1'000'000'000));
  EXPECT_EQ(from_ticks(0, 90'000), Duration(0));
}

TEST(FromTicks, IsTheFloorOfTheExactRational) {
  Random random(1);
  for (int run = 0; run < 100'000; ++run) {
    const auto timescale = static_cast<std::int64_t>(random.below(4'000'000'000)) + 1;
    const Wide limit = Wide{9'000'000'000} * timescale;  // What fits into a Duration.
    const Wide largest = std::numeric_limits<std::int64_t>::max();
    const auto bound = static_cast<std::uint64_t>(limit < largest ? limit : largest);
    const auto size = static_cast<std::int64_t>(random.below(bound));
    const std::int64_t ticks = run % 2 == 0 ? size : -size;
    ASSERT_TRUE(is_floor(from_ticks(ticks, timescale).count(), ticks, timescale))
        << ticks << " / " << timescale;
  }
}

TEST(FromSeconds, TakesTheNearestNanosecond) {
  EXPECT_EQ(from_seconds(1.5), Duration(1'500'000'000));
  EXPECT_EQ(from_seconds(0.6e-9), Duration(1));
  EXPECT_EQ(from_seconds(-0.6e-9), Duration(-1));
  EXPECT_DOUBLE_EQ(to_seconds(from_seconds(-2.25)), -2.25);
}

}  // namespace
}  // namespace rung
