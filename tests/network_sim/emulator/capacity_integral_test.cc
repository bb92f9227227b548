#include "network_sim/emulator/capacity_integral.h"

#include <gtest/gtest.h>

#include "core/random.h"

namespace rung::emulator {
namespace {

using namespace std::chrono_literals;
using network_sim::Trace;

Trace trace_of(std::vector<Trace::Piece> pieces) {
  return *Trace::create("test", std::move(pieces));
}

std::int64_t bytes(CapacityIntegral::Amount amount) {
  return static_cast<std::int64_t>(amount / CapacityIntegral::per_byte);
}

TEST(CapacityIntegral, AddsUpThePiecesAndWrapsAround) {
  const CapacityIntegral capacity(trace_of({{.duration = 1s, .rate = 8000_kbps, .rtt = 40ms},
                                            {.duration = 2s, .rate = 0_kbps, .rtt = {}},
                                            {.duration = 1s, .rate = 16_kbps, .rtt = 90ms}}));
  EXPECT_EQ(bytes(capacity.until(0s)), 0);
  EXPECT_EQ(bytes(capacity.until(500ms)), 500'000);
  EXPECT_EQ(bytes(capacity.until(2s)), 1'000'000);
  EXPECT_EQ(bytes(capacity.until(4s)), 1'002'000);
  EXPECT_EQ(bytes(capacity.until(4s * 1'000'000 + 500ms)), 1'002'000'500'000);
  EXPECT_EQ(capacity.rtt_at(4s), 40ms);
  EXPECT_EQ(capacity.rtt_at(1s), std::nullopt);
  EXPECT_EQ(capacity.rtt_at(7999ms), 90ms);
}

TEST(CapacityIntegral, FindsTheFirstNanosecondOfAnAmount) {
  Random random(3);
  for (int i = 0; i < 500; ++i) {
    std::vector<Trace::Piece> pieces;
    for (std::uint64_t n = 1 + random.below(5); n > 0; --n)
      pieces.push_back({.duration = Duration(1 + static_cast<std::int64_t>(random.below(1000))),
                        .rate = BitRate::bits_per_second(static_cast<std::int64_t>(
                            random.below(3) == 0 ? 0 : random.below(20'000'000))),
                        .rtt = {}});
    pieces.push_back({.duration = 1ns, .rate = 1_bps, .rtt = {}});
    const CapacityIntegral capacity(trace_of(pieces));
    const auto amount = static_cast<CapacityIntegral::Amount>(1 + random.below(1'000'000'000'000));
    const Duration time = capacity.time_of(amount);
    EXPECT_TRUE(capacity.until(time) >= amount);
    EXPECT_TRUE(capacity.until(time - 1ns) < amount);
  }
}

TEST(CapacityIntegral, SaturatesWhereAnAmountTakesForEver) {
  const CapacityIntegral capacity(trace_of({{.duration = 1s, .rate = 1_bps, .rtt = {}}}));
  EXPECT_EQ(capacity.time_of(CapacityIntegral::Amount{1} << 100), Duration::max());
  EXPECT_EQ(capacity.time_of(0), Duration::zero());
}

}  // namespace
}  // namespace rung::emulator
