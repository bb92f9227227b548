#include <gtest/gtest.h>

#include <chrono>
#include <vector>

#include "network_sim/transfer_history.h"

namespace rung::network_sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

LinkCapacity link(std::vector<Trace::Piece> pieces) {
  return LinkCapacity(*Trace::create("made", std::move(pieces)));
}

TEST(TransferHistory, IsOneRoundOfASessionAtOneBandwidth) {
  // 500 kB at 2 Mbit/s take 2 s and the round trip before them; the buffer of 30 s is never full
  // within 20 s.
  const auto history = *transfer_history(
      link({{.duration = seconds(20), .rate = BitRate::bits_per_second(2'000'000)}}), {});
  ASSERT_EQ(history.size(), 10U);
  for (std::size_t i = 0; i < history.size(); ++i) {
    EXPECT_EQ(history[i].size, ByteCount(500'000));
    EXPECT_EQ(history[i].requested, Timestamp(milliseconds(2080) * static_cast<int>(i)));
    EXPECT_EQ(history[i].first_byte - history[i].requested, milliseconds(80));
    EXPECT_EQ(history[i].completed - history[i].requested, milliseconds(2080));
  }
}

TEST(TransferHistory, TakesOneSegmentADurationOnceTheBufferIsFull) {
  const auto history = *transfer_history(
      link({{.duration = seconds(100), .rate = BitRate::bits_per_second(50'000'000)}}), {});
  ASSERT_GT(history.size(), 25U);
  for (std::size_t i = 10; i < history.size(); ++i)
    EXPECT_EQ(history[i].requested - history[i - 1].requested, seconds(4));
}

TEST(TransferHistory, WaitsThroughAnOutage) {
  const auto history = *transfer_history(
      link({{.duration = seconds(10), .rate = BitRate::bits_per_second(1'000'000)},
            {.duration = seconds(300), .rate = BitRate{}},
            {.duration = seconds(10), .rate = BitRate::bits_per_second(1'000'000)}}),
      {});
  ASSERT_GE(history.size(), 4U);
  EXPECT_GT(history[2].completed - history[2].requested, seconds(300));
  EXPECT_EQ(history[2].size, ByteCount(500'000));
}

TEST(TransferHistory, RefusesWhatNoSessionHas) {
  const LinkCapacity year =
      link({{.duration = std::chrono::hours(8000), .rate = BitRate::bits_per_second(1'000'000)}});
  const auto made = transfer_history(year, {});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::limit_exceeded);
  EXPECT_FALSE(transfer_history(year, {.segment_duration = Duration::zero()}));
  const LinkCapacity day =
      link({{.duration = seconds(20), .rate = BitRate::bits_per_second(1'000'000)}});
  EXPECT_FALSE(transfer_history(day, {.buffer_capacity = seconds(1)}));
  EXPECT_FALSE(transfer_history(day, {.bandwidth = BitRate{}}));
}

}  // namespace
}  // namespace rung::network_sim
