#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "abr/policies/robust_mpc_policy.h"
#include "abr/policy_factory.h"
#include "core/random.h"
#include "tests/support/titles.h"

namespace rung::abr {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const std::vector<std::int64_t> six_rungs{300, 750, 1200, 1850, 2850, 4300};

/// A place in a session from which a policy is asked.
struct Situation {
  media::Track track = test::uniform_track(50, seconds(4), six_rungs);
  PlaybackBuffer buffer{{.startup_level = {},
                         .resume_level = {},
                         .ends = {MediaTime(seconds(200)), MediaTime::min()}}};
  SegmentNumber segment = 10;
  Duration level{};
  Duration capacity = seconds(30);
  std::optional<RepresentationIndex> previous = 0;
  std::optional<std::int64_t> forecast_kbps;

  [[nodiscard]] Decision ask(Policy& policy) const {
    std::optional<Forecast> forecast;
    if (forecast_kbps)
      forecast = Forecast{.throughput = BitRate::bits_per_second(*forecast_kbps * 1000)};
    return policy.choose({.now = Timestamp(seconds(40)),
                          .track = track,
                          .segment = segment,
                          .buffer = buffer,
                          .buffer_level = level,
                          .buffer_capacity = capacity,
                          .previous = previous,
                          .forecast = forecast});
  }
};

class EveryPolicy : public testing::TestWithParam<std::string_view> {};

TEST_P(EveryPolicy, StaysWithinAnyLadder) {
  const std::vector<std::vector<std::int64_t>> ladders{
      {500}, {500, 500, 500}, {300, 300, 900, 900}, six_rungs};
  Random random(3);
  for (const auto& ladder : ladders) {
    const auto policy = *make_policy(GetParam(), {});
    Situation situation;
    situation.track = test::uniform_track(50, seconds(4), ladder);
    for (int i = 0; i < 2000; ++i) {
      situation.segment = static_cast<SegmentNumber>(random.below(50));
      situation.level = milliseconds(random.below(26'001));
      situation.previous.reset();
      if (random.below(8) != 0 && situation.segment > 0)
        situation.previous = random.below(ladder.size());
      situation.forecast_kbps.reset();
      if (random.below(8) != 0)
        situation.forecast_kbps = 1 + static_cast<std::int64_t>(random.below(9000));
      const Decision decision = situation.ask(*policy);
      ASSERT_LT(decision.representation, ladder.size());
      // A wait never outlasts the buffer.
      ASSERT_LE(decision.not_before, Timestamp(seconds(40)) + situation.level);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, EveryPolicy, testing::ValuesIn(policy_names()),
                         [](const auto& instance) {
                           std::string name(instance.param);
                           std::erase(name, '-');
                           return name;
                         });

TEST(FixedPolicy, TakesANumberOrAnEndOfTheLadder) {
  const Situation situation;
  EXPECT_EQ(situation.ask(**make_policy("fixed:2", {})).representation, 2u);
  EXPECT_EQ(situation.ask(**make_policy("fixed:last", {})).representation, 5u);
  EXPECT_EQ(situation.ask(**make_policy("fixed:99", {})).representation, 5u);
  EXPECT_FALSE(make_policy("fixed:-1", {}));
  EXPECT_FALSE(make_policy("fixed:", {}));
}

TEST(RatePolicy, LeavesATenthOfTheForecast) {
  Situation situation;
  const auto policy = *make_policy("rate", {});
  situation.forecast_kbps = 2055;
  EXPECT_EQ(situation.ask(*policy).representation, 2u);
  situation.forecast_kbps = 2056;
  EXPECT_EQ(situation.ask(*policy).representation, 3u);
}

TEST(BbaPolicy, TakesTheLowestInTheReservoirAndTheHighestAtTheTop) {
  Situation situation;
  const auto policy = *make_policy("bba", {});
  situation.previous = 3;
  situation.level = seconds(11);
  EXPECT_EQ(situation.ask(*policy).representation, 0u);
  situation.level = seconds(26);
  EXPECT_EQ(situation.ask(*policy).representation, 5u);
}

TEST(BbaPolicy, KeepsTheRepresentationUntilTheLineCrossesANeighbour) {
  Situation situation;
  const auto policy = *make_policy("bba", {});
  situation.level = milliseconds(16'000);  // the line is at about 1.6 Mbit/s
  situation.previous = 2;
  EXPECT_EQ(situation.ask(*policy), (Decision{.representation = 2, .reason = Reason::hysteresis}));
  situation.previous = 3;
  EXPECT_EQ(situation.ask(*policy).representation, 3u);
}

TEST(BolaPolicy, RisesWithTheBuffer) {
  RepresentationIndex before = 0;
  for (int level = 4; level <= 26; ++level) {
    const auto policy = *make_policy("bola-e", {});
    Situation situation;
    situation.forecast_kbps = 300;
    situation.level = seconds(level);
    static_cast<void>(situation.ask(*policy));  // leaves the start-up
    situation.forecast_kbps = 50'000;
    situation.previous = 0;
    const RepresentationIndex now = situation.ask(*policy).representation;
    EXPECT_GE(now, before);
    before = now;
  }
  EXPECT_EQ(before, 5u);
}

TEST(BolaPolicy, StartsByThroughput) {
  const auto policy = *make_policy("bola-e", {});
  Situation situation;
  situation.previous.reset();
  situation.forecast_kbps = 2200;
  EXPECT_EQ(situation.ask(*policy), (Decision{.representation = 3, .reason = Reason::throughput}));
}

TEST(BolaPolicy, BoundsTheChoiceWhereTheBufferIsLow) {
  const auto policy = *make_policy("bola-e", {});
  Situation situation;
  situation.previous = 5;
  situation.level = seconds(2);
  situation.forecast_kbps = 5000;
  EXPECT_EQ(situation.ask(*policy),
            (Decision{.representation = 2, .reason = Reason::insufficient_buffer}));
}

/// What RobustMpcPolicy is held against: every plan in order, the first of the best.
RepresentationIndex enumerate(const Situation& situation, const QoeLin& qoe, BitRate throughput) {
  const media::Track& track = situation.track;
  const auto horizon = std::min<SegmentNumber>(5, track.segment_count() - situation.segment);
  const std::size_t rungs = track.ladder(situation.segment).size();
  std::size_t plans = 1;
  for (SegmentNumber i = 0; i < horizon; ++i) plans *= rungs;
  double best = -std::numeric_limits<double>::infinity();
  RepresentationIndex best_first = 0;
  for (std::size_t plan = 0; plan < plans; ++plan) {
    std::size_t weight = plans;
    std::size_t rest = plan;
    Duration level = situation.level;
    auto previous = situation.previous;
    double worth = 0;
    for (SegmentNumber i = 0; i < horizon; ++i) {
      weight /= rungs;
      const RepresentationIndex chosen = rest / weight;
      rest %= weight;
      const SegmentNumber segment = situation.segment + i;
      level = std::min(level, situation.capacity - track.duration(segment));
      const Duration stalled = drain(level, track.size(segment, chosen) / throughput);
      level += track.duration(segment);
      const auto ladder = track.ladder(segment);
      worth += QoeLin::quality(ladder[chosen]);
      if (previous) worth -= qoe.switch_cost(ladder[*previous], ladder[chosen]);
      worth -= qoe.rebuffer_cost(stalled);
      previous = chosen;
    }
    if (worth > best) {
      best = worth;
      best_first = plan / (plans / rungs);
    }
  }
  return best_first;
}

TEST(RobustMpc, EqualsFullEnumeration) {
  const std::vector<std::vector<std::int64_t>> ladders{
      {500}, {500, 500, 900}, {1000, 2000, 3000, 4000}, six_rungs};
  Random random(11);
  for (int round = 0; round < 3000; ++round) {
    Situation situation;
    media::Track::Part part =
        test::uniform_track(12, seconds(1 + random.below(6)), ladders[random.below(4)]).parts()[0];
    if (random.below(2) == 0)
      for (SegmentNumber segment = 0; segment < 12; ++segment)
        for (const BitRate bandwidth : part.bandwidths)
          part.sizes.push_back(scaled(bandwidth, 0.5 + random.uniform()) *
                               part.timeline.duration(segment));
    const std::size_t rungs = part.bandwidths.size();
    situation.track = *media::Track::create({part});
    situation.segment = static_cast<SegmentNumber>(random.below(12));
    situation.level = milliseconds(random.below(30'000));
    situation.previous.reset();
    if (situation.segment > 0) situation.previous = random.below(rungs);
    situation.forecast_kbps = 100 + static_cast<std::int64_t>(random.below(6000));
    QoeLin qoe;
    qoe.switch_penalty = random.below(4) == 0 ? 0 : 3 * random.uniform();
    qoe.rebuffer_penalty = random.below(4) == 0 ? 0 : 10 * random.uniform();
    RobustMpcPolicy policy(qoe);
    ASSERT_EQ(situation.ask(policy).representation,
              enumerate(situation, qoe, BitRate::bits_per_second(*situation.forecast_kbps * 1000)))
        << "round " << round;
  }
}

TEST(RobustMpc, TrustsAForecastLessAfterAnError) {
  Situation situation;
  situation.previous = 5;
  situation.level = seconds(6);
  situation.forecast_kbps = 4400;
  RobustMpcPolicy trusting{QoeLin{}};
  RobustMpcPolicy burnt{QoeLin{}};
  static_cast<void>(situation.ask(burnt));
  burnt.observe({.requested = Timestamp{},
                 .first_byte = Timestamp{},
                 .completed = Timestamp(seconds(10)),
                 .size = ByteCount(1'000'000)});
  EXPECT_LT(situation.ask(burnt).representation, situation.ask(trusting).representation);
}

TEST(PolicyFactory, NamesTheNearestOfAllForAnUnknownName) {
  const auto made = make_policy("robustmpc", {});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message,
            "unknown policy 'robustmpc'; did you mean 'robust-mpc'? Known: fixed, rate, bba, "
            "bola-e, robust-mpc");
}

TEST(PolicyFactory, RefusesPenaltiesThatCannotBePlannedWith) {
  EXPECT_FALSE(make_policy("robust-mpc", {.qoe = {.switch_penalty = -1}}));
  EXPECT_FALSE(make_policy("robust-mpc", {.qoe = {.rebuffer_penalty = std::nan("")}}));
}

}  // namespace
}  // namespace rung::abr
