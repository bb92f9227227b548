#include "recommend/watch_time.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cmath>
#include <utility>
#include <vector>

#include "core/random.h"

namespace rung::recommend {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t titles = 20;
constexpr double true_shape = 0.7;
constexpr double true_scale = 400;
constexpr Duration length = 900s;

/// Viewers leave some titles four times as readily as others.
double true_factor(std::size_t title) { return title % 2 == 0 ? 0.5 : 2.0; }

/// Where a viewer of a title leaves who is at `from`, if it did not end.
Duration leaves_at(Random& random, std::size_t title, double from) {
  const double survived = std::pow(from / true_scale, true_shape);
  const double risk = survived + random.exponential() / true_factor(title);
  return from_seconds(std::min(true_scale * std::pow(risk, 1 / true_shape), 1e6));
}

/// Every third one begins somewhere in the title.
std::vector<Stay> population(std::uint64_t seed, std::size_t count) {
  Random random(seed);
  std::vector<Stay> stays;
  while (stays.size() < count) {
    const std::size_t title = random.below(titles);
    const double from = stays.size() % 3 == 0 ? 600 * random.uniform() : 0;
    const Duration to = leaves_at(random, title, from);
    stays.push_back({.title = title,
                     .from = from_seconds(from),
                     .to = std::min(to, length),
                     .left = to < length});
  }
  return stays;
}

TEST(WatchTimes, FindThePopulationThatWasDrawn) {
  const WatchTimes times = WatchTimes::fit(population(1, 20'000), titles);
  EXPECT_NEAR(times.shape(), true_shape, 0.03);
  // Factors are relative to the average title.
  EXPECT_NEAR(times.factor(1) / times.factor(0), 4, 0.6);
}

TEST(WatchTimes, SayAsOftenAsItHappensThatAViewerLeaves) {
  const WatchTimes times = WatchTimes::fit(population(1, 20'000), titles);
  Random random(2);
  constexpr int viewers = 20'000;
  for (const std::size_t title : {std::size_t{0}, std::size_t{1}})
    for (const double position : {0.0, 5.0, 60.0, 500.0})
      for (const Duration horizon : {Duration(10s), Duration(60s), Duration(300s)}) {
        int left = 0;
        for (int viewer = 0; viewer < viewers; ++viewer)
          left += static_cast<int>(leaves_at(random, title, position) <=
                                   from_seconds(position) + horizon);
        EXPECT_NEAR(times.leave_within(title, from_seconds(position), horizon),
                    static_cast<double>(left) / viewers, 0.03)
            << title << " at " << position;
      }
}

TEST(WatchTimes, ATitleThatFewHaveBegunIsLikeTheOthers) {
  std::vector<Stay> stays = population(1, 5000);
  stays.push_back({.title = titles, .to = 1s, .left = true});
  const WatchTimes times = WatchTimes::fit(stays, titles + 2);
  const double unknown = times.leave_within(titles + 1, 10s, 60s);
  EXPECT_EQ(unknown, times.leave_within(12345, 10s, 60s));
  const double hardly_known = times.leave_within(titles, 10s, 60s);
  EXPECT_GT(hardly_known, unknown);
  EXPECT_LT(hardly_known, 1.3 * unknown);
}

TEST(WatchTimes, GrowWithTheHorizonFromNothingToOne) {
  const WatchTimes times = WatchTimes::fit(population(3, 2000), titles);
  double before = 0;
  for (const Duration horizon : {Duration(0s), Duration(1s), Duration(1h), Duration(10'000h)}) {
    const double now = times.leave_within(3, 20s, horizon);
    EXPECT_GE(now, before);
    before = now;
  }
  EXPECT_EQ(times.leave_within(3, 20s, 0s), 0);
  EXPECT_NEAR(before, 1, 1e-6);
  EXPECT_EQ(times.leave_within(3, -5s, 10s), times.leave_within(3, 0s, 10s));
}

/// Leaving at a steady rate, but from 300 to 330 s of title 0 ten times as readily.
Duration leaves_at_credits(Random& random, std::size_t title, double from) {
  double at = from;
  double risk = random.exponential() * 600;
  const double at_credits = title == 0 ? 10 : 1;
  const std::array<std::array<double, 2>, 3> pieces{{{300, 1}, {330, at_credits}, {1e9, 1}}};
  for (const auto& [end, rate] : pieces) {
    if (at >= end) continue;
    if (risk <= (end - at) * rate) return from_seconds(at + risk / rate);
    risk -= (end - at) * rate;
    at = end;
  }
  return from_seconds(1e9);
}

TEST(WatchTimes, KnowTheSegmentsThatViewersLeave) {
  Random random(6);
  std::vector<Stay> stays;
  for (int viewer = 0; viewer < 6000; ++viewer) {
    const auto title = static_cast<std::size_t>(viewer % 3);
    const Duration to = leaves_at_credits(random, title, 0);
    stays.push_back({.title = title, .to = std::min(to, length), .left = to < length});
  }
  const WatchTimes times = WatchTimes::fit(stays, 3);
  EXPECT_GT(times.segment_factor(0, 310s), 5);
  EXPECT_LT(times.segment_factor(1, 310s), 1.6);
  EXPECT_EQ(times.segment_factor(0, 10h), 1);
  EXPECT_EQ(times.segment_factor(7, 10s), 1);
  constexpr int viewers = 20'000;
  for (const std::size_t title : {std::size_t{0}, std::size_t{1}})
    for (const double position : {100.0, 290.0, 310.0, 400.0})
      for (const Duration horizon : {Duration(20s), Duration(60s)}) {
        int left = 0;
        for (int viewer = 0; viewer < viewers; ++viewer)
          left += static_cast<int>(leaves_at_credits(random, title, position) <=
                                   from_seconds(position) + horizon);
        EXPECT_NEAR(times.leave_within(title, from_seconds(position), horizon),
                    static_cast<double>(left) / viewers, 0.04)
            << title << " at " << position << " within " << to_seconds(horizon);
      }
}

TEST(WatchTimes, LeavingsOnABorderOfSegmentsAreOfTheSegmentBeforeIt) {
  for (const Duration border : {Duration(30s), Duration(1min), Duration(10min), Duration(2h)}) {
    std::vector<Stay> stays = population(1, 3000);
    for (std::size_t viewer = 0; viewer < 400; ++viewer)
      stays.push_back({.title = titles, .to = border, .left = true});
    const WatchTimes times = WatchTimes::fit(stays, titles + 1);
    EXPECT_GT(times.leave_within(titles, border - 30s, 30s), 0.15) << to_seconds(border);
    EXPECT_GT(times.segment_factor(titles, border - 1s), 1) << to_seconds(border);
    for (Stay& stay : stays)
      if (stay.title == titles) stay.to -= 100ms;
    EXPECT_NEAR(WatchTimes::fit(stays, titles + 1).leave_within(titles, border - 30s, 30s),
                times.leave_within(titles, border - 30s, 30s), 0.02)
        << to_seconds(border);
  }
}

TEST(WatchTimes, ComeBackFromTheirPartsWhereTheseAgree) {
  const WatchTimes times = WatchTimes::fit(population(1, 2000), titles);
  EXPECT_TRUE(times.known());
  EXPECT_GT(times.parts().segments.size(), titles);
  EXPECT_EQ(WatchTimes::of(times.parts()), times);
  EXPECT_EQ(WatchTimes::of({}), WatchTimes());
  WatchTimes::Parts parts = times.parts();
  parts.starts.back() += 1;
  EXPECT_FALSE(WatchTimes::of(parts));
  parts = times.parts();
  parts.shape = 0;
  EXPECT_FALSE(WatchTimes::of(parts));
  parts = times.parts();
  parts.factors.pop_back();
  EXPECT_FALSE(WatchTimes::of(parts));
}

TEST(WatchTimes, AreNotTakenFromPartsThatSayNoProbability) {
  using Parts = WatchTimes::Parts;
  const Parts sound{
      .shape = 0.7, .scale = 400, .factors = {2}, .starts = {0, 2}, .segments = {1, 3}};
  const auto refused = [&](auto change) {
    Parts parts = sound;
    change(parts);
    return !WatchTimes::of(std::move(parts));
  };
  EXPECT_TRUE(WatchTimes::of(sound));
  for (const double scale : {1e-300, -1.0, HUGE_VAL, std::nan("")})
    EXPECT_TRUE(refused([&](Parts& parts) { parts.scale = scale; })) << scale;
  for (const double factor : {-1.0, 1e300, HUGE_VAL, std::nan("")}) {
    EXPECT_TRUE(refused([&](Parts& parts) { parts.factors[0] = factor; })) << factor;
    EXPECT_TRUE(refused([&](Parts& parts) { parts.segments[1] = static_cast<float>(factor); }))
        << factor;
  }
}

TEST(WatchTimes, ComeBackFromTheirPartsHoweverFewOrHowSoonViewersLeave) {
  std::vector<Stay> few = population(1, 3000);
  for (Stay& stay : few) stay.left = false;
  few[1].left = true;
  std::vector<Stay> soon(3000, Stay{.from = 2h, .to = 2h, .left = true});
  for (const std::vector<Stay>& stays : {few, soon}) {
    const WatchTimes times = WatchTimes::fit(stays, titles);
    ASSERT_TRUE(times.known());
    EXPECT_EQ(WatchTimes::of(times.parts()), times) << times.scale();
    const double p = times.leave_within(0, 0s, Duration::max());
    EXPECT_GE(p, 0);
    EXPECT_LE(p, 1);
  }
}

TEST(WatchTimes, WhereNobodyLeftNobodyLeaves) {
  EXPECT_EQ(WatchTimes::fit({}, 0).leave_within(0, 10s, 1h), 0);
  const std::array<Stay, 2> seen{Stay{.to = 100s}, Stay{.from = 50s, .to = 20s, .left = true}};
  EXPECT_EQ(WatchTimes::fit(seen, 1).leave_within(0, 10s, 1h), 0);
}

TEST(WatchTimes, AreSoundWhereAllLeaveAtOnceOrAtTheSamePlace) {
  for (const Duration place : {Duration(0s), Duration(30s)}) {
    const std::vector<Stay> stays(10, Stay{.to = place, .left = true});
    const WatchTimes times = WatchTimes::fit(stays, 1);
    const double p = times.leave_within(0, 0s, 1min);
    EXPECT_GT(p, 0.5);
    EXPECT_LE(p, 1);
  }
}

}  // namespace
}  // namespace rung::recommend
