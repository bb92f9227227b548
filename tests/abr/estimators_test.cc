#include <gtest/gtest.h>

#include "abr/estimator_factory.h"
#include "core/random.h"

namespace rung::abr {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// `kilobytes` kB in `elapsed`, the first byte after a tenth of it.
TransferSample sample(std::int64_t kilobytes, Duration elapsed) {
  return {.requested = Timestamp{},
          .first_byte = Timestamp(elapsed / 10),
          .completed = Timestamp(elapsed),
          .size = ByteCount(kilobytes * 1000)};
}

std::int64_t forecast_kbps(const ThroughputEstimator& estimator) {
  return estimator.forecast().value().throughput.bits_per_second() / 1000;
}

class EveryEstimator : public testing::TestWithParam<std::string_view> {};

TEST_P(EveryEstimator, KnowsNothingBeforeTheFirstSample) {
  EXPECT_FALSE((*make_estimator(GetParam()))->forecast());
}

TEST_P(EveryEstimator, ForecastsASteadyLinkExactly) {
  const auto estimator = *make_estimator(GetParam());
  for (int i = 0; i < 20; ++i) estimator->observe(sample(500, seconds(2)));
  EXPECT_NEAR(static_cast<double>(forecast_kbps(*estimator)), 2000, 1);
  EXPECT_EQ(estimator->forecast()->latency, milliseconds(200));
}

TEST_P(EveryEstimator, IsNotPoisonedBySmallTransfers) {
  const auto estimator = *make_estimator(GetParam());
  for (int i = 0; i < 6; ++i) estimator->observe(sample(500, seconds(2)));
  for (int i = 0; i < 3; ++i) estimator->observe(sample(1, milliseconds(100)));
  EXPECT_NEAR(static_cast<double>(forecast_kbps(*estimator)), 2000, 1);
}

TEST_P(EveryEstimator, StaysAboveZeroAndFiniteOnAnySamples) {
  const auto estimator = *make_estimator(GetParam());
  Random random(7);
  for (int i = 0; i < 3000; ++i) {
    const auto size = static_cast<std::int64_t>(random.below(std::uint64_t{1} << random.below(40)));
    const auto elapsed =
        static_cast<std::int64_t>(random.below(std::uint64_t{1} << random.below(50)));
    estimator->observe({.requested = Timestamp{},
                        .first_byte = Timestamp(Duration(elapsed / 2)),
                        .completed = Timestamp(Duration(elapsed)),
                        .size = ByteCount(size)});
    ASSERT_GT(estimator->forecast().value().throughput, BitRate{});
  }
}

INSTANTIATE_TEST_SUITE_P(All, EveryEstimator, testing::ValuesIn(estimator_names()),
                         [](const auto& instance) {
                           std::string name(instance.param);
                           std::erase(name, '-');
                           return name;
                         });

TEST(LastSample, FollowsAtOnce) {
  const auto estimator = *make_estimator("last");
  estimator->observe(sample(500, seconds(1)));
  estimator->observe(sample(100, seconds(1)));
  EXPECT_EQ(forecast_kbps(*estimator), 800);
}

TEST(HarmonicMean, IsDominatedByTheSlowest) {
  const auto estimator = *make_estimator("harmonic");
  estimator->observe(sample(500, seconds(1)));
  estimator->observe(sample(125, seconds(1)));
  EXPECT_EQ(forecast_kbps(*estimator), 1600);
}

TEST(HarmonicMean, ForgetsAllButTheLastFive) {
  const auto estimator = *make_estimator("harmonic");
  estimator->observe(sample(100, seconds(100)));
  for (int i = 0; i < 5; ++i) estimator->observe(sample(125, seconds(1)));
  EXPECT_EQ(forecast_kbps(*estimator), 1000);
}

TEST(Ewma, FallsFasterThanItRises) {
  const auto fallen = *make_estimator("ewma");
  const auto risen = *make_estimator("ewma");
  for (int i = 0; i < 10; ++i) fallen->observe(sample(500, seconds(1)));
  for (int i = 0; i < 10; ++i) risen->observe(sample(125, seconds(1)));
  for (int i = 0; i < 3; ++i) fallen->observe(sample(125, seconds(1)));
  for (int i = 0; i < 3; ++i) risen->observe(sample(500, seconds(1)));
  EXPECT_LT(forecast_kbps(*fallen) - 1000, 4000 - forecast_kbps(*risen));
}

TEST(SlidingPercentile, IsNotMovedByOneOutlier) {
  const auto estimator = *make_estimator("sliding-percentile");
  for (int i = 0; i < 3; ++i) estimator->observe(sample(300, seconds(1)));
  estimator->observe(sample(300, milliseconds(10)));
  EXPECT_EQ(forecast_kbps(*estimator), 2400);
}

TEST(EstimatorFactory, NamesTheNearestOfAllForAnUnknownName) {
  const auto made = make_estimator("harmnic");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message,
            "unknown estimator 'harmnic'; did you mean 'harmonic'? Known: last, harmonic, ewma, "
            "sliding-percentile");
}

}  // namespace
}  // namespace rung::abr
