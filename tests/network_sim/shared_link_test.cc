#include "network_sim/shared_link.h"

#include <gtest/gtest.h>

#include <optional>
#include <utility>
#include <vector>

#include "tests/support/links.h"

namespace rung::network_sim {
namespace {

using namespace std::chrono_literals;
using Amount = LinkCapacity::Amount;

Timestamp at(Duration since_start) { return Timestamp(since_start); }
TransferId id(std::uint64_t value) { return TransferId(value); }

/// Carried from time zero to `time`, piece by piece and round by round.
Amount slow_integral(const Trace& trace, Duration time) {
  Amount sum = 0;
  for (std::size_t i = 0; time > Duration::zero(); i = (i + 1) % trace.pieces().size()) {
    const Trace::Piece& piece = trace.pieces()[i];
    const Duration part = std::min(piece.duration, time);
    sum += Amount{piece.rate.bits_per_second()} * part.count();
    time -= part;
  }
  return sum;
}

/// Divisible by any number of transfers up to 16.
constexpr Amount share_unit = 720'720;

struct SlowTransfer {
  TransferId id;
  Duration flows_from{};
  Amount remaining = 0;  ///< In parts of a bit-nanosecond.
};

/// The link as its header defines it, one nanosecond after the other.
class SlowLink {
 public:
  explicit SlowLink(const Trace& trace) : trace_(trace) {}
  void start(TransferId transfer, ByteCount size, Duration rtt) {
    running_.push_back({transfer, now_ + rtt, share_unit * 8'000'000'000 * size.bytes()});
  }
  void cancel(TransferId transfer) {
    std::erase_if(running_, [&](const SlowTransfer& running) { return running.id == transfer; });
  }
  std::vector<std::pair<TransferId, Duration>> advance(Duration until) {
    std::vector<std::pair<TransferId, Duration>> complete;
    while (true) {
      std::erase_if(running_, [&](const SlowTransfer& running) {
        if (running.remaining > 0 || running.flows_from > now_) return false;
        complete.emplace_back(running.id, now_);
        return true;
      });
      if (now_ == until) return complete;
      int flowing = 0;
      for (const SlowTransfer& running : running_) flowing += running.flows_from <= now_ ? 1 : 0;
      const Amount rate = slow_integral(trace_, now_ % trace_.duration() + 1ns) -
                          slow_integral(trace_, now_ % trace_.duration());
      for (SlowTransfer& running : running_)
        if (running.flows_from <= now_)
          running.remaining = std::max(running.remaining - rate * share_unit / flowing, Amount{0});
      now_ += 1ns;
    }
  }

 private:
  const Trace& trace_;
  Duration now_{};
  std::vector<SlowTransfer> running_;
};

TEST(SharedLink, TakesExactlyTheIntegralOfTheCapacity) {
  const LinkCapacity link(test::trace_of({{.duration = 1s, .rate = 8000_bps, .rtt = {}},
                                          {.duration = 1s, .rate = 0_bps, .rtt = {}},
                                          {.duration = 1s, .rate = 16000_bps, .rtt = {}}}));
  SharedLink shared(link, 0s);
  shared.start(id(1), 2000_bytes);  // 1000 in the first second, 1000 in half of the third.
  const auto done = shared.advance(at(1h));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->at, at(2500ms));
  EXPECT_EQ(done->first_byte, at(0s));
  EXPECT_EQ(done->size, 2000_bytes);
  EXPECT_EQ(shared.now(), at(2500ms));
}

TEST(SharedLink, RoundsACompletionUpAndBytesDown) {
  const LinkCapacity link(test::constant_link(BitRate::bits_per_second(3'000'000'000)));
  SharedLink shared(link, 0s);
  shared.start(id(1), 1_bytes);  // 8/3 ns.
  EXPECT_FALSE(shared.advance(at(2ns)));
  EXPECT_EQ(shared.received(*shared.find(id(1))), 0_bytes);
  const auto done = shared.advance(at(1s));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->at, at(3ns));
}

TEST(SharedLink, UsesNoCapacityUntilTheRoundTripIsOver) {
  const LinkCapacity link(test::constant_link(8000_bps));
  SharedLink shared(link, 100ms);
  shared.start(id(1), 1000_bytes);
  EXPECT_FALSE(shared.advance(at(100ms)));
  EXPECT_FALSE(shared.find(id(1))->first_byte);
  const auto done = shared.advance(at(1h));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->first_byte, at(100ms));
  EXPECT_EQ(done->at, at(1100ms));
}

TEST(SharedLink, PrefersTheRoundTripOfTheTraceAtTheRequest) {
  const LinkCapacity link(test::trace_of({{.duration = 1s, .rate = 8000_bps, .rtt = 20ms},
                                          {.duration = 1s, .rate = 8000_bps, .rtt = {}}}));
  SharedLink shared(link, 100ms);
  shared.start(id(1), 1_bytes);
  EXPECT_EQ(shared.advance(at(1h))->at, at(21ms));
  ASSERT_FALSE(shared.advance(at(1500ms)));
  shared.start(id(2), 1_bytes);
  EXPECT_EQ(shared.advance(at(1h))->at, at(1601ms));
}

TEST(SharedLink, HasItsFirstByteOnlyBehindAnOutage) {
  const LinkCapacity link(test::trace_of(
      {{.duration = 5s, .rate = 0_bps, .rtt = {}}, {.duration = 1s, .rate = 8000_bps, .rtt = {}}}));
  SharedLink shared(link, 10ms);
  shared.start(id(1), 10_bytes);
  EXPECT_FALSE(shared.advance(at(5s)));
  EXPECT_FALSE(shared.find(id(1))->first_byte);
  const auto done = shared.advance(at(1h));
  EXPECT_EQ(done->first_byte, at(5s));
  EXPECT_EQ(done->at, at(5010ms));
}

TEST(SharedLink, GivesConcurrentTransfersEqualShares) {
  const LinkCapacity link(test::constant_link(8000_bps));
  SharedLink shared(link, 0s);
  shared.start(id(1), 1000_bytes);
  shared.start(id(2), 500_bytes);
  const auto first = shared.advance(at(1h));
  EXPECT_EQ(first->transfer, id(2));
  EXPECT_EQ(first->at, at(1s));
  EXPECT_EQ(shared.received(*shared.find(id(1))), 500_bytes);
  EXPECT_EQ(shared.advance(at(1h))->at, at(1500ms));
}

TEST(SharedLink, GoesOnWithWhatIsThereLaterHalfARoundTripBehindThat) {
  const LinkCapacity link(test::constant_link(8000_bps));
  SharedLink shared(link, 100ms);
  shared.start(id(1), 100_bytes);
  shared.start(id(2), 1000_bytes);
  EXPECT_EQ(shared.advance(at(1h))->at, at(300ms));  // Each had half of the link.
  shared.go_on(id(1), 100_bytes, at(350ms));
  ASSERT_EQ(shared.transfers().size(), 2);
  EXPECT_EQ(shared.transfers()[0].id, id(1)) << "in order of id";
  const auto more = shared.advance(at(1h));
  EXPECT_EQ(more->transfer, id(1));
  EXPECT_EQ(more->first_byte, at(400ms));
  EXPECT_EQ(more->at, at(600ms));
  shared.go_on(id(1), 100_bytes, at(500ms));  // That is past: it flows at once.
  EXPECT_EQ(shared.advance(at(1h))->first_byte, at(600ms));
}

TEST(SharedLink, TellsCompletionsAtOneInstantInOrderOfId) {
  const LinkCapacity link(test::constant_link(8000_bps));
  SharedLink shared(link, 0s);
  for (std::uint64_t i = 1; i <= 3; ++i) shared.start(id(i), 100_bytes);
  for (std::uint64_t i = 1; i <= 3; ++i) {
    const auto done = shared.advance(at(300ms));
    ASSERT_TRUE(done);
    EXPECT_EQ(done->transfer, id(i));
    EXPECT_EQ(done->at, at(300ms));
  }
}

TEST(SharedLink, ATransferWithALowerIdMayBeginLater) {
  const LinkCapacity link(test::constant_link(8000_bps));
  SharedLink shared(link, 0s);
  shared.start(id(9), 1000_bytes);
  EXPECT_FALSE(shared.advance(at(500ms)));
  shared.start(id(3), 250_bytes);
  ASSERT_EQ(shared.transfers().size(), 2U);
  EXPECT_EQ(shared.transfers().front().id, id(3));
  const auto first = shared.advance(at(1h));
  EXPECT_EQ(first->transfer, id(3));
  EXPECT_EQ(first->at, at(1s));
  EXPECT_EQ(shared.advance(at(1h))->at, at(1250ms));
}

TEST(SharedLink, IsCompleteAfterOneRoundTripWithoutABody) {
  const LinkCapacity link(test::constant_link(8000_bps));
  SharedLink shared(link, 30ms);
  shared.start(id(1), 0_bytes);
  EXPECT_EQ(shared.advance(at(1h))->at, at(30ms));
}

TEST(SharedLink, GoesRoundAndRoundForAHugeTransfer) {
  // Each round of 3 ms carries one byte; 10^9 bytes are 10^9 rounds, the last of them in its
  // middle.
  const LinkCapacity link(test::trace_of({{.duration = 1ms, .rate = 0_bps, .rtt = {}},
                                          {.duration = 1ms, .rate = 8000_bps, .rtt = {}},
                                          {.duration = 1ms, .rate = 0_bps, .rtt = {}}}));
  SharedLink shared(link, 0s);
  shared.start(id(1), 1'000'000'000_bytes);
  const auto done = shared.advance(Timestamp::max());
  ASSERT_TRUE(done);
  EXPECT_EQ(done->at, at(Duration(3ms) * 1'000'000'000 - 1ms));
  EXPECT_EQ(done->first_byte, at(1ms));
}

TEST(SharedLink, StopsWhereATransferWouldTakeLongerThanTimeItself) {
  const LinkCapacity link(test::constant_link(1_bps));
  SharedLink shared(link, 0s);
  shared.start(id(1), ByteCount::max());
  EXPECT_FALSE(shared.advance(Timestamp::max()));
}

TEST(SharedLink, AgreesWithTheSlowIntegralOnRandomTraces) {
  Random random(7);
  for (int round = 0; round < 300; ++round) {
    const LinkCapacity link(
        test::random_trace(random, 60, 2s, BitRate::bits_per_second(9'000'000)));
    SharedLink shared(link, 0s);
    Duration now{};
    for (std::uint64_t transfer = 1; transfer <= 12; ++transfer) {
      now += Duration(static_cast<std::int64_t>(random.below(3'000'000'000)));
      ASSERT_FALSE(shared.advance(at(now)));
      const ByteCount size(1 + static_cast<std::int64_t>(random.below(4'000'000)));
      shared.start(id(transfer), size);
      // Looking at it on its way changes nothing.
      std::optional<SharedLink::Completion> done;
      for (std::uint64_t looks = random.below(4); looks > 0 && !done; --looks)
        done = shared.advance(shared.now() +
                              Duration(static_cast<std::int64_t>(random.below(1'000'000'000))));
      if (!done) done = shared.advance(at(24h));
      ASSERT_TRUE(done) << "round " << round;
      const Amount before = slow_integral(link.trace(), now);
      const Amount wanted = LinkCapacity::per_byte * size.bytes();
      const Duration end = done->at.time_since_epoch();
      ASSERT_GE(slow_integral(link.trace(), end) - before, wanted) << "round " << round;
      ASSERT_LT(slow_integral(link.trace(), end - 1ns) - before, wanted) << "round " << round;
      const Duration first = done->first_byte.time_since_epoch();
      ASSERT_EQ(slow_integral(link.trace(), first), before);
      ASSERT_GT(slow_integral(link.trace(), first + 1ns), before);
      now = end;
    }
  }
}

TEST(SharedLink, AgreesWithANanosecondByNanosecondLinkOnRandomLoads) {
  Random random(11);
  const auto some = [&](std::uint64_t bound) {
    return static_cast<std::int64_t>(random.below(bound));
  };
  for (int round = 0; round < 200; ++round) {
    const LinkCapacity link(
        test::random_trace(random, 40, 30ns, BitRate::bits_per_second(7'000'000'000)));
    const Duration rtt(some(20));
    const std::size_t most = round % 2 == 0 ? 4 : SharedLink::max_transfers;
    SharedLink shared(link, rtt, LatencyRule::at_request, most);
    SlowLink slow(link.trace());
    std::uint64_t last = 0;
    for (Duration now{}; now < 3us; now += Duration(some(60))) {
      std::vector<std::pair<TransferId, Duration>> complete;
      while (const auto done = shared.advance(at(now)))
        complete.emplace_back(done->transfer, done->at.time_since_epoch());
      ASSERT_EQ(complete, slow.advance(now)) << "round " << round << " at " << now.count();
      if (shared.transfers().size() < most) {
        const ByteCount size(some(60));
        shared.start(id(++last), size);
        slow.start(id(last), size, rtt);
      } else if (random.below(3) == 0) {
        const TransferId victim = shared.transfers()[random.below(most)].id;
        ASSERT_TRUE(shared.cancel(victim));
        slow.cancel(victim);
      }
    }
  }
}

TEST(SharedLink, WaitsAtThePaceOfEveryPiecesRtt) {
  const LinkCapacity link(test::trace_of({{.duration = 50ms, .rate = 8000_bps, .rtt = 100ms},
                                          {.duration = 10s, .rate = 8000_bps, .rtt = 60ms}}));
  SharedLink shared(link, 0s, LatencyRule::by_piece);
  shared.start(id(1), 1000_bytes);  // Half the wait in the first piece, half in the second.
  const auto done = shared.advance(at(1h));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->first_byte, at(80ms));
  EXPECT_EQ(done->at, at(1080ms));
}

TEST(SharedLink, StandsStillWhileNothingFlowsWhereTheLinkStops) {
  const LinkCapacity link(test::trace_of({{.duration = 1s, .rate = 8000_bps, .rtt = {}},
                                          {.duration = 1s, .rate = 16000_bps, .rtt = {}}}));
  SharedLink shared(link, 300ms, LatencyRule::link_stops);
  shared.start(id(1), 1500_bytes);
  auto done = shared.advance(at(1h));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->first_byte, at(300ms));
  EXPECT_EQ(done->at, at(1550ms));           // 1 s and 250 ms of the trace.
  EXPECT_FALSE(shared.advance(at(1650ms)));  // Without a request the trace goes on.
  shared.start(id(2), 1000_bytes);
  done = shared.advance(at(1h));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->at, at(2450ms));  // 650 ms of the second piece were left.
}

TEST(SharedLink, LosesNothingBetweenTwoNanosecondsByTheRulesOfOthers) {
  // A byte takes 2.67 ns: a third of a nanosecond is lost at each where transfers begin at whole
  // ones.
  const LinkCapacity link(test::constant_link(BitRate::bits_per_second(3'000'000'000)));
  for (const LatencyRule rule :
       {LatencyRule::at_request, LatencyRule::by_piece, LatencyRule::link_stops}) {
    SharedLink shared(link, 0s, rule);
    for (std::uint64_t i = 1; i <= 300; ++i) {
      shared.start(id(i), 1_bytes);
      ASSERT_TRUE(shared.advance(at(1h)));
    }
    EXPECT_EQ(shared.now(), at(rule == LatencyRule::at_request ? 900ns : 800ns));
  }
}

TEST(SharedLink, TakesMoreForAByteWhereRatesAreFiner) {
  const LinkCapacity link(test::constant_link(BitRate::bits_per_second(8'500'000'000)),
                          LinkCapacity::per_byte * 1'000'000);
  SharedLink shared(link, 0s);
  shared.start(id(1), 17_bytes);  // At 8500 bit/s.
  const auto done = shared.advance(at(1h));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->at, at(16ms));
}

TEST(LinkCapacity, FindsTheFirstNanosecondOfAnyAmount) {
  Random random(3);
  for (int round = 0; round < 100; ++round) {
    const LinkCapacity link(test::random_trace(random, 20, 50ns, BitRate::bits_per_second(900)));
    for (int i = 0; i < 20; ++i) {
      const Amount amount = 1 + static_cast<Amount>(random.below(200'000));
      const Timestamp found = link.time_of(amount);
      ASSERT_GE(link.carried_by(found), amount);
      ASSERT_LT(link.carried_by(found - 1ns), amount);
      ASSERT_EQ(link.carried_by(found), slow_integral(link.trace(), found.time_since_epoch()));
    }
  }
}

TEST(LinkCursor, WalksAsFarAsItJumps) {
  Random random(5);
  for (int round = 0; round < 200; ++round) {
    const LinkCapacity link(test::random_trace(random, 50, 9ns, BitRate::bits_per_second(1000)));
    LinkCursor cursor(link);
    for (int i = 0; i < 20; ++i) {
      const Timestamp begin = cursor.at();
      const Timestamp limit = begin + Duration(static_cast<std::int64_t>(random.below(900)));
      const Amount wanted = 1 + static_cast<Amount>(random.below(200'000));
      const auto carried = cursor.walk(wanted, limit);
      ASSERT_EQ(cursor.at(), std::min(limit, link.time_of(link.carried_by(begin) + wanted)));
      ASSERT_EQ(carried.amount, link.carried_by(cursor.at()) - link.carried_by(begin));
      ASSERT_EQ(carried.began.has_value(), carried.amount > 0);
    }
  }
}

TEST(LinkCursor, WalksOverManyPiecesAndOutagesAsFarAsItJumps) {
  Random random(7);
  for (int round = 0; round < 200; ++round) {
    // Half of them carry more than 64 bits count.
    const auto most = BitRate::bits_per_second(round % 2 == 0 ? 3 : 300'000'000'000'000'000);
    const LinkCapacity link(test::random_trace(random, 400, 9ns, most));
    LinkCursor cursor(link);
    for (int i = 0; i < 40; ++i) {
      const Timestamp begin = cursor.at();
      const Timestamp limit = begin + Duration(static_cast<std::int64_t>(random.below(5000)));
      const Amount wanted =
          (1 + static_cast<Amount>(random.below(4000))) * most.bits_per_second() / 3;
      const auto carried = cursor.walk(wanted, limit);
      ASSERT_EQ(cursor.at(), std::min(limit, link.time_of(link.carried_by(begin) + wanted)));
      ASSERT_EQ(carried.amount, link.carried_by(cursor.at()) - link.carried_by(begin));
      ASSERT_EQ(carried.began.has_value(), carried.amount > 0);
      if (!carried.began) continue;
      ASSERT_EQ(*carried.began + 1ns, link.time_of(link.carried_by(begin) + 1));
    }
  }
}

}  // namespace
}  // namespace rung::network_sim
