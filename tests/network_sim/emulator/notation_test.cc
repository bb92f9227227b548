#include "network_sim/emulator/notation.h"

#include <gtest/gtest.h>

#include <chrono>

namespace rung::emulator {
namespace {

using namespace std::chrono_literals;

TEST(Notation, TimesAreExactWhereverTheyStand) {
  EXPECT_EQ(decimal(61s + 5ns), "61.000000005");
  EXPECT_EQ(iso_duration(1500ms), "PT1.500000000S");
  EXPECT_EQ(iso_instant(1s + 1999us), "1970-01-01T00:00:01.001Z");
}

TEST(Notation, NumbersStandInTheQueryAlone) {
  EXPECT_EQ(query_number("/a=1/m.mpd?b=2&a=37&c", "a="), 37);
  EXPECT_EQ(query_number("/a=1/m.mpd", "a="), std::nullopt);
  EXPECT_EQ(query_number("/m?a=x", "a="), std::nullopt);
  EXPECT_EQ(number_at("10000000000000"), 10'000'000'000'000);
  EXPECT_EQ(number_at("10000000000001"), std::nullopt);
  EXPECT_EQ(number_at("-1"), std::nullopt);
}

}  // namespace
}  // namespace rung::emulator
