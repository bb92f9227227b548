#include "network_sim/link_capacity.h"

#include <gtest/gtest.h>

#include "core/random.h"

namespace rung::network_sim {
namespace {

using namespace std::chrono_literals;

Trace trace_of(std::vector<Trace::Piece> pieces) {
  return *Trace::create("test", std::move(pieces));
}

std::int64_t bytes(LinkCapacity::Amount amount) {
  return static_cast<std::int64_t>(amount / LinkCapacity::per_byte);
}

TEST(LinkCapacity, AddsUpThePiecesAndWrapsAround) {
  const LinkCapacity capacity(trace_of({{.duration = 1s, .rate = 8000_kbps, .rtt = 40ms},
                                        {.duration = 2s, .rate = 0_kbps, .rtt = {}},
                                        {.duration = 1s, .rate = 16_kbps, .rtt = 90ms}}));
  EXPECT_EQ(bytes(capacity.carried_by(Timestamp(0s))), 0);
  EXPECT_EQ(bytes(capacity.carried_by(Timestamp(500ms))), 500'000);
  EXPECT_EQ(bytes(capacity.carried_by(Timestamp(2s))), 1'000'000);
  EXPECT_EQ(bytes(capacity.carried_by(Timestamp(4s))), 1'002'000);
  EXPECT_EQ(bytes(capacity.carried_by(Timestamp(4s * 1'000'000 + 500ms))), 1'002'000'500'000);
  EXPECT_EQ(capacity.piece_at(0s), 0U);
  EXPECT_EQ(capacity.piece_at(1s), 1U);
  EXPECT_EQ(capacity.piece_at(3999ms), 2U);
}

TEST(LinkCapacity, FindsTheFirstNanosecondOfAnAmount) {
  Random random(3);
  for (int i = 0; i < 500; ++i) {
    std::vector<Trace::Piece> pieces;
    for (std::uint64_t n = 1 + random.below(5); n > 0; --n)
      pieces.push_back({.duration = Duration(1 + static_cast<std::int64_t>(random.below(1000))),
                        .rate = BitRate::bits_per_second(static_cast<std::int64_t>(
                            random.below(3) == 0 ? 0 : random.below(20'000'000))),
                        .rtt = {}});
    pieces.push_back({.duration = 1ns, .rate = 1_bps, .rtt = {}});
    const LinkCapacity capacity(trace_of(pieces));
    const auto amount = static_cast<LinkCapacity::Amount>(1 + random.below(1'000'000'000'000));
    const Timestamp time = capacity.time_of(amount);
    EXPECT_TRUE(capacity.carried_by(time) >= amount);
    EXPECT_TRUE(capacity.carried_by(time - 1ns) < amount);
  }
}

TEST(LinkCapacity, SaturatesWhereAnAmountTakesForEver) {
  const LinkCapacity capacity(trace_of({{.duration = 1s, .rate = 1_bps, .rtt = {}}}));
  EXPECT_EQ(capacity.time_of(LinkCapacity::Amount{1} << 100), Timestamp::max());
}

}  // namespace
}  // namespace rung::network_sim
