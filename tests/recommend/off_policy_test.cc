#include "recommend/off_policy.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/random.h"
#include "evaluation/statistics.h"
#include "tests/support/shared_folder.h"

namespace rung::recommend {
namespace {

bool covers(const ValueEstimate& estimate, double truth) {
  return std::abs(estimate.value - truth) <=
         evaluation::student_quantile(0.975, estimate.degrees) * estimate.standard_error;
}

/// The policy that shows title `a` with probability `p`, else `b`.
TargetPolicy of_two(const LoggedDecisions& log, double p) {
  TargetPolicy policy;
  policy.distributions = {{{.title = 0, .probability = p}, {.title = 1, .probability = 1 - p}}};
  policy.of.assign(log.decisions.size(), 0);
  return policy;
}

TEST(OffPolicy, EstimatesAreThoseOfTheFormulas) {
  const auto log =
      parse_decisions("title,propensity,reward\na,0.25,1\nb,0.75,0\na,0.25,0\nb,0.75,1\n", "log");
  ASSERT_TRUE(log);
  // Weights 0.9 / 0.25 = 3.6 and 0.1 / 0.75 = 2/15.
  const OffPolicyReport report = evaluate_policy(*log, of_two(*log, 0.9), {.largest_weight = 100});
  const double other = 2.0 / 15;
  EXPECT_NEAR(report.estimates[0].value, (3.6 + other) / 4, 1e-12);
  EXPECT_NEAR(report.estimates[1].value, (3.6 + other) / (7.2 + 2 * other), 1e-12);
  EXPECT_NEAR(report.mean_weight, (7.2 + 2 * other) / 4, 1e-12);
  EXPECT_NEAR(report.effective_decisions,
              std::pow(7.2 + 2 * other, 2) / (2 * 3.6 * 3.6 + 2 * other * other), 1e-9);
  EXPECT_DOUBLE_EQ(report.largest_weight, 3.6);
  EXPECT_EQ(report.cut, 0U);
  // Every title brings half, so whatever is shown does.
  EXPECT_NEAR(report.estimates[2].value, 0.5, 1e-12);
  EXPECT_DOUBLE_EQ(report.logged.value, 0.5);
  // The standard deviation of what each decision says, over the root of their number.
  const double variance =
      (std::pow(3.6 - 0.9333333, 2) + 2 * std::pow(0.9333333, 2) + std::pow(other - 0.9333333, 2)) /
      3;
  EXPECT_NEAR(report.estimates[0].standard_error, std::sqrt(variance / 4), 1e-6);
}

TEST(OffPolicy, WeightsBeyondTheBoundCountAsIt) {
  const auto log = parse_decisions("title,propensity,reward\na,0.01,1\nb,0.99,0\n", "log");
  ASSERT_TRUE(log);
  const OffPolicyReport report = evaluate_policy(*log, of_two(*log, 1), {.largest_weight = 10});
  EXPECT_EQ(report.cut, 1U);
  EXPECT_DOUBLE_EQ(report.largest_weight, 100);
  EXPECT_DOUBLE_EQ(report.estimates[0].value, 5);
}

TEST(OffPolicy, SaysWhatOfThePolicyTheLogNeverShows) {
  const auto log = parse_decisions("title,propensity,reward\na,0.5,1\nb,0.5,0\n", "log");
  ASSERT_TRUE(log);
  const auto policy = parse_policy("title,probability\na,0.75\nc,0.25\n", "policy", *log);
  ASSERT_TRUE(policy);
  EXPECT_DOUBLE_EQ(evaluate_policy(*log, *policy).unsupported, 0.25);
}

TEST(OffPolicy, WhatWasNeverShownIsAsUncertainAsTheModelOfIt) {
  // One play in ten of "a" and "b", by two thousand decisions of a viewer each.
  std::string text = "title,propensity,reward\n";
  for (int row = 0; row < 2000; ++row)
    text += std::string(row % 2 == 0 ? "a" : "b") +
            (row % 10 < 2 && row % 20 < 10 ? ",0.5,1\n" : ",0.5,0\n");
  const auto log = parse_decisions(text, "log");
  ASSERT_TRUE(log);
  const auto mostly = parse_policy("title,probability\na,0.05\nb,0.05\nc,0.9\n", "policy", *log);
  ASSERT_TRUE(mostly);
  const auto estimates = evaluate_policy(*log, *mostly).estimates;
  EXPECT_GE(estimates[3].standard_error, 0.9 * estimates[2].standard_error);

  const auto nothing = parse_policy("title,probability\nc,1\n", "policy", *log);
  ASSERT_TRUE(nothing);
  const OffPolicyReport report = evaluate_policy(*log, *nothing);
  EXPECT_TRUE(std::isnan(report.estimates[0].value));
  EXPECT_TRUE(std::isnan(report.estimates[1].value));
  EXPECT_EQ(report.estimates[3].value, report.estimates[2].value);
  EXPECT_EQ(report.estimates[3].standard_error, report.estimates[2].standard_error);
}

TEST(OffPolicy, PoliciesOfTooManyTitlesAreRefused) {
  LoggedDecisions log;
  TargetPolicy policy;
  policy.distributions.resize(1);
  for (std::uint32_t title = 0; title < 2100; ++title)
    policy.distributions[0].push_back({title, 1.0 / 2100});
  for (std::uint32_t place = 0; place < 2000; ++place) {
    log.decisions.push_back({.place = place});
    policy.of.push_back(0);
  }
  const auto refused = judgeable(log, policy);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::limit_exceeded);
  policy.distributions[0].resize(1000);
  EXPECT_TRUE(judgeable(log, policy));
}

TEST(OffPolicy, TellsWhereAllDecisionsBroughtTheSame) {
  const auto log =
      parse_decisions("title,propensity,reward\na,0.5,0.1\nb,0.5,0.1\na,0.5,0.1\n", "log");
  ASSERT_TRUE(log);
  const OffPolicyReport report = evaluate_policy(*log, uniform_policy(*log));
  EXPECT_EQ(report.least_reward, report.largest_reward);
}

TEST(OffPolicy, OneClusterHasNoInterval) {
  const auto log =
      parse_decisions("viewer,slate,title,propensity,reward\nv,1,a,0.5,1\nv,1,b,0.5,0\n", "log");
  ASSERT_TRUE(log);
  EXPECT_TRUE(std::isinf(evaluate_policy(*log, uniform_policy(*log)).estimates[0].standard_error));
}

/// A world in which everything is known: viewers of two tastes see one of six titles at each of
/// two places, and play it or not.
class World {
 public:
  static constexpr std::uint32_t titles = 6;
  static constexpr std::uint32_t places = 2;

  [[nodiscard]] static double chance(std::uint32_t place, std::uint32_t title, double taste) {
    return (place == 0 ? 0.3 : 0.15) * taste * (title + 1) / titles;
  }
  /// With what the log's policy, and that which is judged, show a title.
  [[nodiscard]] static double logged(std::uint32_t title) { return (titles - title) / 21.0; }
  [[nodiscard]] static double judged(std::uint32_t title) { return (title + 1) / 21.0; }

  [[nodiscard]] static LoggedDecisions log(std::uint64_t seed, std::uint32_t viewers) {
    Random random(seed);
    LoggedDecisions log;
    log.titles.resize(titles);
    log.places.resize(places);
    log.clusters = viewers;
    log.cluster_kind = ClusterKind::viewer;
    for (std::uint32_t viewer = 0; viewer < viewers; ++viewer) {
      const double taste = random.uniform() < 0.5 ? 0.5 : 1.5;
      const std::uint64_t visits = 1 + random.below(9);
      for (std::uint64_t visit = 0; visit < visits; ++visit)
        for (std::uint32_t place = 0; place < places; ++place) {
          double drawn = random.uniform();
          std::uint32_t title = 0;
          while (title + 1 < titles && drawn >= logged(title)) drawn -= logged(title++);
          log.decisions.push_back(
              {.cluster = viewer,
               .place = place,
               .title = title,
               .propensity = logged(title),
               .reward = random.uniform() < chance(place, title, taste) ? 1.0 : 0.0});
        }
    }
    return log;
  }
  [[nodiscard]] static TargetPolicy policy(const LoggedDecisions& log) {
    TargetPolicy policy;
    policy.distributions.resize(1);
    for (std::uint32_t title = 0; title < titles; ++title)
      policy.distributions[0].push_back({title, judged(title)});
    policy.of.assign(log.decisions.size(), 0);
    return policy;
  }
  [[nodiscard]] static double truth() {
    double sum = 0;
    for (std::uint32_t place = 0; place < places; ++place)
      for (std::uint32_t title = 0; title < titles; ++title)
        sum += judged(title) * chance(place, title, 1) / places;
    return sum;
  }
};

TEST(OffPolicy, IntervalsCoverTheTruthAsOftenAsTheySay) {
  constexpr int logs = 300;
  std::array<int, 4> covered{};
  std::array<double, 4> mean{};
  for (int seed = 1; seed <= logs; ++seed) {
    const LoggedDecisions log = World::log(static_cast<std::uint64_t>(seed), 300);
    const OffPolicyReport report = evaluate_policy(log, World::policy(log));
    for (std::size_t method = 0; method < covered.size(); ++method) {
      covered[method] += covers(report.estimates[method], World::truth()) ? 1 : 0;
      mean[method] += report.estimates[method].value / logs;
    }
  }
  // 95 % of 300 are 285, with a standard deviation of 3.8; the model draws dm to what was logged.
  for (const std::size_t method : {0U, 1U, 3U}) {
    EXPECT_GE(covered[method], 272) << method;
    EXPECT_LE(covered[method], 297) << method;
    EXPECT_NEAR(mean[method], World::truth(), 0.002) << method;
  }
  EXPECT_GE(covered[2], 200);
}

TEST(OffPolicy, DecisionsOfOneClusterCountAsOneWhereTheyAreAlike) {
  const LoggedDecisions once = World::log(1, 200);
  LoggedDecisions often = once;
  for (int copy = 0; copy < 3; ++copy)
    often.decisions.insert(often.decisions.end(), once.decisions.begin(), once.decisions.end());
  const OffPolicyReport of_once = evaluate_policy(once, World::policy(once));
  const OffPolicyReport of_often = evaluate_policy(often, World::policy(often));
  for (const std::size_t method : {0U, 1U, 3U})
    EXPECT_NEAR(of_often.estimates[method].standard_error, of_once.estimates[method].standard_error,
                0.02 * of_once.estimates[method].standard_error);
}

/// The Open Bandit Dataset (Saito et al. 2020, arXiv 2008.07146), its small logs.
std::string open_bandit(const std::string& name) {
  const auto file = test::shared_folder() / "recommend" / "open-bandit-small" / (name + ".csv.gz");
  if (!std::filesystem::exists(file)) return {};
  std::string text;
  const std::string command = "gzip -dc '" + file.string() + "'";
  if (auto* const pipe = popen(command.c_str(), "r")) {
    std::array<char, 65536> buffer{};
    while (const std::size_t got = fread(buffer.data(), 1, buffer.size(), pipe))
      text.append(buffer.data(), got);
    pclose(pipe);
  }
  return text;
}

TEST(OffPolicy, TwoPoliciesOfTheOpenBanditDatasetForetellEachOther) {
  for (const std::string campaign : {"men", "women"}) {
    const std::string random = open_bandit("random_" + campaign);
    const std::string thompson = open_bandit("bts_" + campaign);
    if (random.empty() || thompson.empty())
      GTEST_SKIP() << "the small Open Bandit logs are not in " << test::shared_folder();
    const auto random_log = parse_decisions(random, "random");
    const auto thompson_log = parse_decisions(thompson, "bts");
    ASSERT_TRUE(random_log && thompson_log);
    const auto shares = parse_policy(thompson, "bts", *random_log);
    ASSERT_TRUE(shares);
    const OffPolicyReport forward = evaluate_policy(*random_log, *shares);
    const OffPolicyReport back = evaluate_policy(*thompson_log, uniform_policy(*thompson_log));
    EXPECT_NEAR(forward.mean_weight, 1, 0.03) << campaign;
    for (const std::size_t method : {0U, 1U, 3U})
      EXPECT_TRUE(covers(forward.estimates[method], back.logged.value))
          << campaign << " " << forward.estimates[method].method;
    for (const std::size_t method : {1U, 3U})
      EXPECT_TRUE(covers(back.estimates[method], forward.logged.value))
          << campaign << " " << back.estimates[method].method;
    // The log's own mean has an error, too; 46 of 10,000 were clicked.
    const double error =
        std::hypot(back.estimates[0].standard_error, forward.logged.standard_error);
    EXPECT_LT(std::abs(back.estimates[0].value - forward.logged.value), 1.96 * error) << campaign;
  }
}

}  // namespace
}  // namespace rung::recommend
