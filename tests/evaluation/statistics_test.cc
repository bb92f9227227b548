#include "evaluation/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/random.h"

namespace rung::evaluation {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

TEST(Statistics, KnowsTheQuantilesOfTheTables) {
  EXPECT_NEAR(normal_quantile(0.5), 0, 1e-12);
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-12);
  EXPECT_NEAR(normal_quantile(0.8), 0.8416212335729143, 1e-12);
  EXPECT_NEAR(normal_quantile(0.001), -3.090232306167813, 1e-12);
  EXPECT_NEAR(student_quantile(0.975, 1), 12.7062, 1e-4);
  EXPECT_NEAR(student_quantile(0.975, 2), 4.30265, 1e-5);
  EXPECT_NEAR(student_quantile(0.975, 3), 3.18245, 1e-5);
  EXPECT_NEAR(student_quantile(0.975, 5), 2.57058, 1e-5);
  EXPECT_NEAR(student_quantile(0.975, 9), 2.26216, 1e-5);
  EXPECT_NEAR(student_quantile(0.9995, 3), 12.924, 1e-3);
  EXPECT_NEAR(student_quantile(0.9995, 4), 8.610, 1e-3);
  EXPECT_NEAR(student_quantile(0.995, 30), 2.75000, 1e-5);
  EXPECT_NEAR(student_quantile(0.025, 9), -2.26216, 1e-5);
  EXPECT_NEAR(student_quantile(0.5, 9), 0, 1e-12);
  EXPECT_NEAR(student_quantile(0.975, 100'000), normal_quantile(0.975), 1e-4);
  EXPECT_NEAR(student_p_value(-1, 1), 0.5, 1e-12);
  EXPECT_NEAR(student_p_value(12.924, 3), 0.001, 1e-7);
  EXPECT_NEAR(student_p_value(2.26216, 9), 0.05, 1e-6);
  EXPECT_EQ(student_p_value(0, 4), 1);
}

TEST(Statistics, AdjustsAsHolmDoes) {
  // 4 x 0.01, 3 x 0.02, 2 x 0.03 (not below the one before), 1 x 0.04 (likewise).
  EXPECT_THAT(holm_adjusted(std::vector{0.01, 0.04, 0.03, 0.02}),
              ElementsAre(DoubleNear(0.04, 1e-15), DoubleNear(0.06, 1e-15), DoubleNear(0.06, 1e-15),
                          DoubleNear(0.06, 1e-15)));
  EXPECT_THAT(holm_adjusted(std::vector{0.5, 0.9}), ElementsAre(1.0, 1.0));
  EXPECT_THAT(holm_adjusted(std::vector<double>{}), ElementsAre());
}

TEST(Statistics, InterpolatesBetweenOrderStatistics) {
  const std::vector<double> sorted{1, 2, 4, 8};
  EXPECT_EQ(quantile(sorted, 0), 1);
  EXPECT_EQ(quantile(sorted, 1), 8);
  EXPECT_EQ(quantile(sorted, 0.5), 3);
  EXPECT_EQ(quantile(std::vector{5.0}, 0.3), 5);
}

TEST(Statistics, TellsTheEffectThatASuiteOfThisSizeFinds) {
  // t(0.975, 30) = 2.0423, z(0.8) = 0.8416.
  EXPECT_NEAR(minimum_detectable_effect(0.5, 31, 0.05, 0.8), 0.5 * 2.8839, 1e-3);
  EXPECT_TRUE(std::isinf(minimum_detectable_effect(0.5, 5, 0.05, 0.8)));
  EXPECT_FALSE(std::isinf(minimum_detectable_effect(0.5, 6, 0.05, 0.8)));
}

TEST(FewestClusters, AreThoseOfWhichAllSignsTogetherAreRareEnough) {
  EXPECT_EQ(fewest_clusters(0.05), 6);  // 2 of 64 ways.
  EXPECT_EQ(fewest_clusters(1.0 / 32), 6);
  EXPECT_EQ(fewest_clusters(0.03), 7);
  EXPECT_EQ(fewest_clusters(0.005), 9);
  EXPECT_EQ(fewest_clusters(0.6), 2);
  EXPECT_EQ(fewest_clusters(1e-9), most_flipped_clusters + 1);
}

TEST(SmallestPValue, IsOfTheClustersThatDiffer) {
  std::vector<PairedDifference> differences;
  for (std::size_t cluster = 0; cluster < 12; ++cluster)
    differences.push_back({.value = cluster < 5 ? 0.2 : 0, .cluster = cluster});
  const MeanDifference found = cluster_bootstrap(differences, {});
  EXPECT_EQ(found.differing, 5);
  EXPECT_EQ(smallest_p_value(12, 5), 1.0 / 16);
  EXPECT_GE(found.p_value, 1.0 / 16);
  EXPECT_EQ(smallest_p_value(12, 0), 1);
  EXPECT_EQ(smallest_p_value(most_flipped_clusters + 1, 5), 0) << "signs are not counted";
}

std::vector<PairedDifference> independent(int count, double mean, std::uint64_t seed) {
  Random random(seed);
  std::vector<PairedDifference> made;
  for (int i = 0; i < count; ++i)
    made.push_back({.value = mean + random.normal(), .cluster = static_cast<std::size_t>(i)});
  return made;
}

TEST(ClusterBootstrap, ComesNearTheTextbookForIndependentDifferences) {
  const std::vector<PairedDifference> sample = independent(200, 0, 3);
  double sum = 0;
  double squares = 0;
  for (const PairedDifference& difference : sample) {
    sum += difference.value;
    squares += difference.value * difference.value;
  }
  const double mean = sum / 200;
  const double error = std::sqrt((squares / 200 - mean * mean) / 199);
  const MeanDifference found = cluster_bootstrap(sample, {});
  EXPECT_NEAR(found.mean, mean, 1e-12);
  EXPECT_NEAR(found.standard_error, error, 0.03 * error);
  EXPECT_NEAR(found.low, mean - 1.972 * error, 0.1 * error);
  EXPECT_NEAR(found.high, mean + 1.972 * error, 0.1 * error);
  EXPECT_EQ(found.clusters, 200);
}

TEST(ClusterBootstrap, ComesNearTheTextbookForFewDifferences) {
  const std::vector<PairedDifference> four{{1, 0}, {2, 1}, {4, 2}, {9, 3}};
  const double error = std::sqrt(38.0 / 3 / 4);  // Squares of -3, -2, 0 and 5.
  const MeanDifference found = cluster_bootstrap(four, {});
  EXPECT_NEAR(found.standard_error, error, 0.03 * error);
  EXPECT_NEAR(found.high, 4 + 3.18245 * error, 0.03 * 3.18245 * error);
  EXPECT_NEAR(found.low + found.high, 8, 1e-12);
  EXPECT_EQ(found.p_value, 0.125);  // All of one sign: 2 of 16 ways.
}

TEST(ClusterBootstrap, CountsTheWaysToGiveClustersSigns) {
  // Sums 1, 2, 4 and -3: totals as far as 4 have 10 of 16 ways.
  const std::vector<PairedDifference> four{{1, 0}, {0.5, 1}, {1.5, 1}, {4, 2}, {-3, 3}};
  EXPECT_EQ(cluster_bootstrap(four, {}).p_value, 10.0 / 16);
}

TEST(ClusterBootstrap, TakesOutWhatSkewnessMakesOfAMean) {
  // Their tail lies below zero, and their mean above it: that may be as the tail is seldom met.
  std::vector<PairedDifference> tail;
  for (std::size_t i = 0; i < 30; ++i)
    tail.push_back({.value = 1.3 + std::log1p(-(static_cast<double>(i) + 0.5) / 30), .cluster = i});
  const MeanDifference found = cluster_bootstrap(tail, {});
  ASSERT_GT(found.mean, 0);
  const double student = student_p_value(found.mean / found.standard_error, 29);
  EXPECT_GT(found.p_value, 1.3 * student);
  for (PairedDifference& difference : tail) difference.value = 2 * found.mean - difference.value;
  const MeanDifference mirrored = cluster_bootstrap(tail, {});
  EXPECT_NEAR(mirrored.mean, found.mean, 1e-12);
  EXPECT_NEAR(mirrored.p_value, student, 0.02 * student);
}

TEST(ClusterBootstrap, LearnsNothingFromCutsThatRepeatTheirLog) {
  const std::vector<PairedDifference> logs = independent(20, 0.3, 5);
  std::vector<PairedDifference> cuts;
  for (const PairedDifference& log : logs)
    for (int cut = 0; cut < 50; ++cut) cuts.push_back(log);
  const MeanDifference once = cluster_bootstrap(logs, {});
  const MeanDifference often = cluster_bootstrap(cuts, {});
  EXPECT_NEAR(often.low, once.low, 1e-9);
  EXPECT_NEAR(often.high, once.high, 1e-9);
  EXPECT_NEAR(often.p_value, once.p_value, 1e-9);
}

TEST(ClusterBootstrap, CoversTheTruthAsOftenAsItSays) {
  // 400 suites of 12 logs with 3 cuts each; the share covered has a standard error of 1.1 %.
  int covered = 0;
  int rejected = 0;
  Random random(11);
  for (int suite = 0; suite < 400; ++suite) {
    std::vector<PairedDifference> cuts;
    for (std::size_t log = 0; log < 12; ++log) {
      const double shared = random.normal();
      for (int cut = 0; cut < 3; ++cut)
        cuts.push_back({.value = 1 + shared + 0.5 * random.normal(), .cluster = log});
    }
    const MeanDifference found =
        cluster_bootstrap(cuts, {.resamples = 500, .seed = static_cast<std::uint64_t>(suite)});
    if (found.low <= 1 && 1 <= found.high) ++covered;
    for (PairedDifference& cut : cuts) cut.value -= 1;
    if (cluster_bootstrap(cuts, {.resamples = 500, .seed = 7}).p_value <= 0.05) ++rejected;
  }
  EXPECT_NEAR(covered / 400.0, 0.95, 0.035);
  EXPECT_NEAR(rejected / 400.0, 0.05, 0.035);
}

/// The share of 1000 suites of policies that do not differ from the baseline in which there is a
/// verdict on any. Its standard error is at most 1 % where it is 10 %.
template <typename Draw>
double share_with_verdicts(std::size_t logs, int policies, const Draw& draw) {
  Random random(17);
  int suites = 0;
  for (int suite = 0; suite < 1000; ++suite) {
    std::vector<double> p_values;
    for (int policy = 0; policy < policies; ++policy) {
      std::vector<PairedDifference> cuts;
      for (std::size_t log = 0; log < logs; ++log) {
        const double shared = draw(random);
        for (int cut = 0; cut < 3; ++cut)
          cuts.push_back({.value = shared + 0.5 * random.normal(), .cluster = log});
      }
      p_values.push_back(cluster_bootstrap(cuts, {.resamples = 200, .seed = 3}).p_value);
    }
    const std::vector<double> adjusted = holm_adjusted(p_values);
    if (*std::ranges::min_element(adjusted) <= 0.05) ++suites;
  }
  return suites / 1000.0;
}

TEST(ClusterBootstrap, LeavesHolmItsPromiseWithFewLogs) {
  const auto normal = [](Random& random) { return random.normal(); };
  EXPECT_EQ(share_with_verdicts(4, 12, normal), 0);
  EXPECT_LE(share_with_verdicts(8, 4, normal), 0.05);
  EXPECT_LE(share_with_verdicts(12, 10, normal), 0.05);
}

TEST(ClusterBootstrap, NearlyLeavesHolmItsPromiseWithSkewedLogs) {
  // Student's distribution alone gave 27, 30, 22 and 27 %.
  const auto exponential = [](Random& random) { return random.exponential() - 1; };
  EXPECT_EQ(share_with_verdicts(4, 12, exponential), 0);
  EXPECT_EQ(share_with_verdicts(6, 10, exponential), 0);
  EXPECT_LE(share_with_verdicts(8, 5, exponential), 0.12);
  EXPECT_LE(share_with_verdicts(12, 10, exponential), 0.12);
}

TEST(ClusterBootstrap, IsAFunctionOfItsSeed) {
  const std::vector<PairedDifference> sample = independent(30, 0.1, 9);
  EXPECT_EQ(cluster_bootstrap(sample, {.seed = 4}), cluster_bootstrap(sample, {.seed = 4}));
  EXPECT_NE(cluster_bootstrap(sample, {.seed = 4}), cluster_bootstrap(sample, {.seed = 5}));
}

TEST(ClusterBootstrap, FindsNoEvidenceInOneLogOrInEqualScores) {
  const std::vector<PairedDifference> one(10, {.value = 3, .cluster = 0});
  const MeanDifference from_one = cluster_bootstrap(one, {});
  EXPECT_EQ(from_one.mean, 3);
  EXPECT_EQ(from_one.p_value, 1);
  EXPECT_TRUE(std::isinf(from_one.low) && std::isinf(from_one.high));
  std::vector<PairedDifference> equal = independent(10, 0, 1);
  for (PairedDifference& difference : equal) difference.value = 0;
  const MeanDifference from_equal = cluster_bootstrap(equal, {});
  EXPECT_EQ(from_equal.p_value, 1);
  EXPECT_EQ(from_equal.low, 0);
  EXPECT_EQ(from_equal.high, 0);
  for (PairedDifference& difference : equal) difference.value = 0.25;
  EXPECT_EQ(cluster_bootstrap(equal, {}).p_value, 1.0 / 512);  // 2 of 1024 ways.
}

}  // namespace
}  // namespace rung::evaluation
