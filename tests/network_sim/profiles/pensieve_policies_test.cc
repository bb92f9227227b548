#include "network_sim/profiles/pensieve_policies.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstddef>

#include "core/random.h"
#include "tests/support/situation.h"

namespace rung::network_sim {
namespace {

using namespace std::chrono_literals;
using test::Situation;

Situation at_level(Duration level, RepresentationIndex previous = 0) {
  Situation situation;
  situation.level = level;
  situation.previous = previous;
  return situation;
}

abr::TransferSample transfer(ByteCount size, Duration taken) {
  return {.requested = Timestamp{},
          .first_byte = Timestamp{},
          .completed = Timestamp(taken),
          .size = size};
}

TEST(PensieveBufferPolicy, TakesTheLevelsShareOfTheLadder) {
  PensieveBufferPolicy policy;
  Situation first = at_level(0s);
  first.previous.reset();
  EXPECT_EQ(first.ask(policy).representation, 1U);
  EXPECT_EQ(at_level(4999ms).ask(policy).representation, 0U);
  EXPECT_EQ(at_level(5s).ask(policy).representation, 0U);
  EXPECT_EQ(at_level(6999ms).ask(policy).representation, 0U);
  EXPECT_EQ(at_level(7s).ask(policy).representation, 1U);
  EXPECT_EQ(at_level(14999ms).ask(policy).representation, 4U);
  EXPECT_EQ(at_level(15s).ask(policy).representation, 5U);
}

/// The choice by trying all plans in order, the last of the best.
RepresentationIndex tried_out(const Situation& situation, double throughput) {
  constexpr std::array<double, 6> kbps{300, 750, 1200, 1850, 2850, 4300};
  double best = -1e9;
  std::size_t chosen = 0;
  for (std::size_t plan = 0; plan < 6 * 6 * 6 * 6 * 6; ++plan) {
    double buffer = to_seconds(situation.level);
    double stalled = 0;
    double sum = 0;
    double changes = 0;
    std::size_t last = *situation.previous;
    std::size_t digits = 6 * 6 * 6 * 6;
    for (int step = 0; step < 5; ++step, digits /= 6) {
      const std::size_t next = plan / digits % 6;
      const SegmentNumber segment = situation.segment + step;
      const auto bytes = static_cast<double>(situation.track.size(segment, next).bytes());
      const double taken = bytes / 1000000. / throughput;
      if (buffer < taken) {
        stalled += taken - buffer;
        buffer = 0;
      } else {
        buffer -= taken;
      }
      buffer += to_seconds(situation.track.duration(segment));
      sum += kbps[next];
      changes += std::abs(kbps[next] - kbps[last]);
      last = next;
    }
    const double worth = sum / 1000. - 4.3 * stalled - changes / 1000.;
    if (worth < best) continue;
    best = worth;
    chosen = plan / (6 * 6 * 6 * 6);
  }
  return chosen;
}

TEST(PensieveMpcPolicy, ChoosesAsIfItTriedAllPlans) {
  Random random(7);
  for (int round = 0; round < 60; ++round) {
    Situation situation =
        at_level(Duration(static_cast<std::int64_t>(random.below(40'000'000'000))),
                 static_cast<RepresentationIndex>(random.below(6)));
    PensieveMpcPolicy policy(PensieveMpcVariant::fast);
    const auto size = static_cast<std::int64_t>(100'000 + random.below(2'000'000));
    policy.observe(transfer(ByteCount(size), 2s));
    ASSERT_EQ(situation.ask(policy).representation,
              tried_out(situation, 1.0 / (1 / (static_cast<double>(size) / 2000. / 1000) / 1)))
        << size << " bytes, " << to_seconds(situation.level) << " s";
  }
}

TEST(PensieveMpcPolicy, DividesByTheGreatestOfFiveErrors) {
  PensieveMpcPolicy robust(PensieveMpcVariant::robust);
  PensieveMpcPolicy fast(PensieveMpcVariant::fast);
  // 1 MB/s, then 0.25: the forecast of 1 was wrong by 3, and the harmonic mean is 0.4.
  for (PensieveMpcPolicy* policy : {&robust, &fast}) {
    policy->observe(transfer(1'000'000_bytes, 1s));
    policy->observe(transfer(250'000_bytes, 1s));
  }
  const Situation situation = at_level(12s, 3);
  EXPECT_EQ(situation.ask(robust).representation, tried_out(situation, 0.4 / 4));
  EXPECT_EQ(situation.ask(fast).representation, tried_out(situation, 0.4));
  EXPECT_NE(situation.ask(robust).representation, situation.ask(fast).representation);
}

}  // namespace
}  // namespace rung::network_sim
