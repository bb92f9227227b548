#include "network_sim/bottleneck.h"

#include <chrono>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "network_sim/fairness.h"
#include "network_sim/session_group.h"
#include "tests/support/titles.h"

namespace rung::network_sim {
namespace {

using namespace std::chrono_literals;

Sweep sweep_of(const std::string& policy, BitRate rate, std::size_t sessions, Duration stagger) {
  Sweep sweep;
  sweep.policies = {policy};
  sweep.links.emplace_back(*Trace::create("link", {{.duration = 60s, .rate = rate, .rtt = 40ms},
                                                   {.duration = 7s, .rate = 700_kbps, .rtt = {}}}));
  const media::Tracks tracks = test::video_and_audio(40);
  sweep.titles.push_back({.name = "title", .known = tracks, .actual = tracks});
  sweep.seeds = {3};
  sweep.sessions = sessions;
  sweep.stagger = stagger;
  return sweep;
}

TEST(Bottleneck, OneSessionDoesWhatItDoesAlone) {
  for (const char* policy : {"bola-e", "robust-mpc", "festive"}) {
    const Sweep sweep = sweep_of(policy, 2500_kbps, 1, {});
    const auto alone = sweep.run(0);
    const auto shared = run_on_bottleneck(sweep, 0);
    ASSERT_TRUE(alone && shared);
    ASSERT_EQ(shared->sessions.size(), 1U);
    EXPECT_EQ(shared->sessions[0].fingerprint, alone->fingerprint) << policy;
    EXPECT_EQ(shared->sessions[0].report, alone->report) << policy;
    EXPECT_EQ(shared->jain, 1);
  }
}

TEST(Bottleneck, EqualSessionsThatBeginTogetherShareEqually) {
  const auto run = run_on_bottleneck(sweep_of("fixed:lowest", 3000_kbps, 3, {}), 0);
  ASSERT_TRUE(run) << to_string(run.error());
  ASSERT_EQ(run->sessions.size(), 3U);
  EXPECT_EQ(run->jain, 1);
  EXPECT_EQ(run->unfairness, 0);
  for (const Outcome& outcome : run->sessions) {
    EXPECT_EQ(outcome.report.end, session::EndReason::played_out);
    EXPECT_EQ(outcome.report, run->sessions[0].report);
  }
  // A third of the link: the first picture takes three times as long, the silence aside.
  const auto alone = run_on_bottleneck(sweep_of("fixed:lowest", 1000_kbps, 1, {}), 0);
  ASSERT_TRUE(alone);
  EXPECT_NEAR(to_seconds(run->sessions[0].report.startup_delay),
              to_seconds(alone->sessions[0].report.startup_delay), 1e-6);
}

TEST(Bottleneck, DifferentPoliciesThatBeginOneAfterTheOtherAllPlayToTheEnd) {
  const Sweep sweep = sweep_of("bola-e+bba+fixed:highest", 4000_kbps, 5, 10s);
  EXPECT_EQ(policies_of(sweep.policies[0], 5),
            (std::vector<std::string>{"bola-e", "bba", "fixed:highest", "bola-e", "bba"}));
  const auto run = run_on_bottleneck(sweep, 0);
  const auto again = run_on_bottleneck(sweep, 0);
  ASSERT_TRUE(run && again);
  ASSERT_EQ(run->sessions.size(), 5U);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(run->sessions[i].report.end, session::EndReason::played_out) << i;
    EXPECT_EQ(run->sessions[i].fingerprint, again->sessions[i].fingerprint) << i;
  }
  EXPECT_LT(run->jain, 1);
  EXPECT_GT(run->unfairness, 0);
  EXPECT_EQ(run->instability[2], 0);  // It never switches.
  EXPECT_GT(run->instability[0], 0);
}

TEST(Bottleneck, RefusesWhatKnowsOneSessionOnly) {
  EXPECT_FALSE(run_on_bottleneck(sweep_of("oracle", 4000_kbps, 2, {}), 0));
  EXPECT_FALSE(run_on_bottleneck(sweep_of("nobody+bba", 4000_kbps, 2, {}), 0));
  Sweep sweep = sweep_of("bba", 4000_kbps, 2, {});
  sweep.latency = LatencyRule::by_piece;
  EXPECT_FALSE(run_on_bottleneck(sweep, 0));
}

TEST(Fairness, IsOneForEqualSharesAndLessForOthers) {
  EXPECT_EQ(jain_index(std::vector<double>{2, 2, 2}), 1);
  EXPECT_NEAR(jain_index(std::vector<double>{1, 0, 0, 0}), 0.25, 1e-12);
  EXPECT_EQ(jain_index(std::vector<double>{0, 0}), 1);
  EXPECT_NEAR(unfairness(std::vector<double>{1, 0}), std::sqrt(0.5), 1e-12);
}

TEST(Fairness, InstabilityWeighsTheLatestStepsMost) {
  EXPECT_EQ(instability(std::vector<BitRate>{1000_kbps, 1000_kbps, 1000_kbps}), 0);
  EXPECT_EQ(instability(std::vector<BitRate>{1000_kbps}), 0);
  // Behind the second: 20 * 1 / (20 * 2); behind the third: (19 * 1) / (20 * 2 + 19 * 2).
  EXPECT_NEAR(instability(std::vector<BitRate>{1000_kbps, 2000_kbps, 2000_kbps}),
              (0.5 + 19.0 / 78) / 2, 1e-12);
}

}  // namespace
}  // namespace rung::network_sim
