#include <gtest/gtest.h>

#include <string>

#include "abr/estimator_factory.h"
#include "abr/policy_factory.h"
#include "core/random.h"
#include "tests/support/samples.h"

namespace rung::abr {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::forecast_kbps;
using test::sample;

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

TEST(EstimatorFactory, MakesItsDefaults) {
  EXPECT_TRUE(make_estimator(default_estimator));
  for (const std::string_view policy : policy_names())
    EXPECT_TRUE(make_estimator(default_estimator_of(policy))) << policy;
  EXPECT_EQ(default_estimator_of("fixed:2"), default_estimator);
}

TEST(EstimatorFactory, MakesQuantilesOfThoseThatHaveThem) {
  const auto cautious = make_estimator("ar1:0.1");
  ASSERT_TRUE(cautious);
  (*cautious)->observe(sample(500, seconds(2)));
  EXPECT_LT(forecast_kbps(**cautious), 1500);
  for (const std::string_view bad : {"ar1:", "ar1:0", "ar1:1", "ar1:nan", "ar1:0.3x", "ar1:-0.3"}) {
    const auto made = make_estimator(bad);
    ASSERT_FALSE(made) << bad;
    EXPECT_TRUE(made.error().message.starts_with("estimator ar1 takes a probability from 0.01"))
        << made.error().message;
  }
  EXPECT_EQ(make_estimator("mean:0.3").error().message,
            "estimator mean forecasts but a number, so it takes no probability; ar1 and kalman do");
}

TEST(EstimatorFactory, NamesTheNearestOfAllForAnUnknownName) {
  const auto made = make_estimator("harmnic");
  ASSERT_FALSE(made);
  EXPECT_TRUE(made.error().message.starts_with(
      "unknown estimator 'harmnic'; did you mean 'harmonic'? Known: last, "))
      << made.error().message;
}

}  // namespace
}  // namespace rung::abr
