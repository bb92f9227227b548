#include "abr/policies/puffer_mpc_policy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/random.h"
#include "tests/support/situation.h"

namespace rung::abr {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Situation;
using test::six_rungs;

/// The best of all plans at levels that are rounded to hundredths of the capacity, the first of
/// equal ones.
struct Plans {
  const Situation& situation;
  const Qoe& qoe;
  BitRate throughput;

  struct Best {
    double worth = -std::numeric_limits<double>::infinity();
    RepresentationIndex first = 0;
  };
  [[nodiscard]] double rounded(double level) const {
    const double unit = to_seconds(situation.capacity) / 100;
    return std::min(std::floor(level / unit + 0.5), 100.0) * unit;
  }
  [[nodiscard]] Best best(SegmentNumber segment, double level, std::optional<double> before) const {
    const media::Track& track = situation.track;
    Best found;
    if (segment == std::min(situation.segment + 5, track.segment_count())) return {.worth = 0};
    for (RepresentationIndex i = 0; i < track.ladder(segment).size(); ++i) {
      const double transfer = to_seconds(track.size(segment, i) / throughput);
      const double quality = qoe.quality(track, segment, i);
      const double left = std::max(level - transfer, 0.0);
      double worth = quality - qoe.rebuffer_penalty * std::max(transfer - level, 0.0);
      if (before) worth -= qoe.switch_cost(*before, quality);
      worth +=
          best(segment + 1, rounded(left + to_seconds(track.duration(segment))), quality).worth;
      if (worth > found.worth + 1e-9) found = {.worth = worth, .first = i};
    }
    return found;
  }
};

TEST(PufferMpc, EqualsTheBestOfAllPlansOnItsGrid) {
  Random random(17);
  const Qoe qoe = Qoe::of(QoeModel::ssim);
  for (int round = 0; round < 100; ++round) {
    Situation situation;
    situation.track =
        test::with_looks(test::uniform_track(12, seconds(2), {400, 1100, 3000}), random);
    situation.capacity = seconds(15);
    situation.segment = 1 + static_cast<SegmentNumber>(random.below(11));
    situation.level = milliseconds(random.below(15'000));
    situation.previous = random.below(3);
    situation.forecast_kbps = 200 + static_cast<std::int64_t>(random.below(4000));
    PufferMpcPolicy policy(qoe, false);
    const Plans plans{situation, qoe, BitRate::bits_per_second(*situation.forecast_kbps * 1000)};
    const double before = qoe.quality(situation.track, situation.segment - 1, *situation.previous);
    EXPECT_EQ(
        situation.ask(policy).representation,
        plans.best(situation.segment, plans.rounded(to_seconds(situation.level)), before).first)
        << "round " << round;
  }
}

TEST(PufferMpc, ChoosesByLooksNotByBitrate) {
  Situation situation;
  std::vector<media::Track::Part> parts = test::uniform_track(20, seconds(4), {500, 2000}).parts();
  for (int segment = 0; segment < 20; ++segment)
    parts[0].ssim.insert(parts[0].ssim.end(), {0.99, 0.98});
  situation.track = *media::Track::create(std::move(parts));
  situation.level = seconds(20);
  situation.previous = 1;
  situation.forecast_kbps = 20'000;
  PufferMpcPolicy policy(Qoe::of(QoeModel::ssim), false);
  EXPECT_EQ(situation.ask(policy).representation, 0U);
}

TEST(PufferMpc, OnlyTheRobustOneTrustsAForecastLessAfterAnError) {
  Situation situation;
  situation.previous = 5;
  situation.level = seconds(6);
  situation.forecast_kbps = 4400;
  const auto after_error = [&](bool robust) {
    PufferMpcPolicy policy(Qoe{}, robust);
    const RepresentationIndex before = situation.ask(policy).representation;
    policy.observe({.requested = Timestamp{},
                    .first_byte = Timestamp{},
                    .completed = Timestamp(seconds(10)),
                    .size = ByteCount(1'000'000)});
    return std::pair(before, situation.ask(policy).representation);
  };
  const auto [before, robust] = after_error(true);
  EXPECT_LT(robust, before);
  const auto [first, plain] = after_error(false);
  EXPECT_EQ(first, plain);
}

TEST(PufferMpc, BeginsWithTheLowestAndPlansToTheEndOfTheTitle) {
  Situation situation;
  PufferMpcPolicy policy(Qoe{}, true);
  EXPECT_EQ(situation.ask(policy).representation, 0U);
  situation.segment = situation.track.segment_count() - 1;
  situation.level = seconds(20);
  situation.previous = 5;
  situation.forecast_kbps = 9000;
  EXPECT_EQ(situation.ask(policy).representation, 5U);
}

}  // namespace
}  // namespace rung::abr
