#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "abr/policies/robust_mpc_policy.h"
#include "core/random.h"
#include "tests/support/situation.h"

namespace rung::abr {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Situation;
using test::six_rungs;

/// What RobustMpcPolicy is held against: every plan in order, the first of the best.
RepresentationIndex enumerate(const Situation& situation, const Qoe& qoe, BitRate throughput) {
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
    std::optional<double> before;
    if (situation.previous)
      before =
          qoe.quality(track, situation.segment - (qoe.measured() ? 1 : 0), *situation.previous);
    double worth = 0;
    for (SegmentNumber i = 0; i < horizon; ++i) {
      weight /= rungs;
      const RepresentationIndex chosen = rest / weight;
      rest %= weight;
      const SegmentNumber segment = situation.segment + i;
      level = std::min(level, situation.capacity - track.duration(segment));
      const Duration stalled = drain(level, track.size(segment, chosen) / throughput);
      level += track.duration(segment);
      const double quality = qoe.quality(track, segment, chosen);
      worth += quality;
      if (before) worth -= qoe.switch_cost(*before, quality);
      worth -= qoe.rebuffer_cost(stalled);
      before = quality;
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
    situation.track = test::with_looks(*media::Track::create({part}), random);
    situation.segment = static_cast<SegmentNumber>(random.below(12));
    situation.level = milliseconds(random.below(30'000));
    situation.previous.reset();
    if (situation.segment > 0) situation.previous = random.below(rungs);
    situation.forecast_kbps = 100 + static_cast<std::int64_t>(random.below(6000));
    Qoe qoe;
    qoe.model = qoe_models.at(random.below(qoe_models.size()));
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
  RobustMpcPolicy trusting{Qoe{}};
  RobustMpcPolicy burnt{Qoe{}};
  static_cast<void>(situation.ask(burnt));
  burnt.observe({.requested = Timestamp{},
                 .first_byte = Timestamp{},
                 .completed = Timestamp(seconds(10)),
                 .size = ByteCount(1'000'000)});
  EXPECT_LT(situation.ask(burnt).representation, situation.ask(trusting).representation);
}

TEST(RobustMpc, ForgetsTheRunningTransferAtASeek) {
  Situation situation;
  situation.previous = 5;
  situation.level = seconds(6);
  situation.forecast_kbps = 4400;
  RobustMpcPolicy policy{Qoe{}};
  const Decision before = situation.ask(policy);
  policy.on_seek();
  policy.observe({.completed = Timestamp(seconds(10)), .size = ByteCount(1'000'000)});
  EXPECT_EQ(situation.ask(policy), before);
}

TEST(Mpc, BelievesAForecastAsMuchAfterAnError) {
  Situation situation;
  situation.previous = 5;
  situation.level = seconds(6);
  situation.forecast_kbps = 4400;
  RobustMpcPolicy policy{Qoe{}, MpcVariant::plain};
  const Decision before = situation.ask(policy);
  policy.observe({.completed = Timestamp(seconds(10)), .size = ByteCount(1'000'000)});
  EXPECT_EQ(situation.ask(policy), before);
  EXPECT_EQ(before.representation,
            enumerate(situation, Qoe{}, BitRate::bits_per_second(4'400'000)));
}

TEST(FastMpc, PlansAsMpcFromTheMiddleOfTheBin) {
  // Bins of 300 ms and, the highest bandwidth being 4300 kbit/s, of 86 kbit/s.
  RobustMpcPolicy fast{Qoe{}, MpcVariant::fast};
  RobustMpcPolicy plain{Qoe{}, MpcVariant::plain};
  Random random(12);
  for (int round = 0; round < 500; ++round) {
    const auto level = static_cast<std::int64_t>(random.below(87));
    const auto rate = static_cast<std::int64_t>(random.below(100));
    Situation middle;
    middle.previous = random.below(6);
    middle.level = milliseconds(300 * level + 150);
    middle.forecast_kbps = 86 * rate + 43;
    Situation within = middle;
    within.level = milliseconds(300 * level + static_cast<std::int64_t>(random.below(300)));
    within.forecast_kbps =
        86 * rate + static_cast<std::int64_t>(rate == 99 ? random.below(9000) : random.below(86));
    ASSERT_EQ(within.ask(fast), middle.ask(plain)) << "round " << round;
  }
}

TEST(FastMpc, KnowsNoSizes) {
  Situation even;
  even.previous = 3;
  even.level = seconds(10);
  even.forecast_kbps = 2500;
  Situation heavy = even;
  media::Track::Part part = heavy.track.parts()[0];
  for (SegmentNumber segment = 0; segment < heavy.track.segment_count(); ++segment)
    for (const BitRate bandwidth : part.bandwidths)
      part.sizes.push_back(scaled(bandwidth, 3) * part.timeline.duration(segment));
  heavy.track = *media::Track::create({part});
  RobustMpcPolicy fast{Qoe{}, MpcVariant::fast};
  RobustMpcPolicy plain{Qoe{}, MpcVariant::plain};
  EXPECT_EQ(heavy.ask(fast), even.ask(fast));
  EXPECT_NE(heavy.ask(plain), even.ask(plain));
}

}  // namespace
}  // namespace rung::abr
