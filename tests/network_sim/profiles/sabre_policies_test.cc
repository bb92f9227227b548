#include "network_sim/profiles/sabre_policies.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <string_view>

#include "network_sim/profiles/profile.h"
#include "tests/support/links.h"
#include "tests/support/titles.h"

namespace rung::network_sim {
namespace {

using namespace std::chrono_literals;

constexpr std::array<double, 6> ladder{300, 750, 1200, 1850, 2850, 4300};

const std::array<double, 6> logs = [] {
  std::array<double, 6> of_ladder{};
  std::ranges::transform(ladder, of_ladder.begin(), [](double kbps) { return std::log(kbps); });
  return of_ladder;
}();

/// The middle of a title of 50 segments of 4 s, behind transfers without latency.
SabreSituation at_level(double level_ms, double throughput) {
  return {.kbps = ladder,
          .logs = logs,
          .segment = 20,
          .segments = 50,
          .segment_ms = 4000,
          .level_ms = level_ms,
          .capacity_ms = 30'000,
          .throughput = throughput};
}

std::unique_ptr<SabreRule> rule(std::string_view policy) {
  return make_sabre_rule(**parse_sabre_policy(policy));
}

TEST(SabreRules, ThroughputTakesNineTenthsOfIt) {
  EXPECT_EQ(rule("throughput")->choose(at_level(20'000, 1340)).rung, 2U);  // 1206
  EXPECT_EQ(rule("throughput")->choose(at_level(20'000, 1330)).rung, 1U);  // 1197
}

TEST(SabreRules, ThroughputTakesLessFromAShortBufferUnlessItIsToldNotTo) {
  // 0.9 x 2 s x 4000 kbit/s are 7.2 Mbit: a segment of 1850 kbit/s has 7.4.
  EXPECT_EQ(rule("throughput")->choose(at_level(2000, 4000)).rung, 2U);
  EXPECT_EQ(rule("throughput:no-insufficient-buffer")->choose(at_level(2000, 4000)).rung, 4U);
}

TEST(SabreRules, BolaRisesOneAboveTheThroughputUnlessItIsToMindOscillation) {
  EXPECT_EQ(rule("bola")->choose(at_level(24'000, 1000)).rung, 2U);
  EXPECT_EQ(rule("bola")->choose(at_level(0, 1000)).rung, 0U);
  const auto calm = rule("bola:low-oscillation")->choose(at_level(24'000, 1000));
  EXPECT_EQ(calm.rung, 1U);
  EXPECT_GT(calm.delay_ms, 0);  // Until the level is one for which it would choose that.
}

TEST(SabreRules, BasicBolaNeverGivesUpAndDoesNotCareForTheTitlesEnds) {
  SabreSituation early = at_level(11'000, 10'000);
  early.segment = 1;
  EXPECT_GT(rule("bola")->choose(early).rung, rule("bola:basic")->choose(early).rung);
  SabreProgress stuck{.rung = 5, .size = 17'200'000, .downloaded = 100'000, .time_ms = 10'000};
  const auto usual = rule("bola");
  const auto basic = rule("bola:basic");
  EXPECT_EQ(usual->choose(at_level(24'000, 10'000)).rung, 5U);
  EXPECT_EQ(basic->choose(at_level(24'000, 10'000)).rung, 5U);
  EXPECT_TRUE(usual->check_abandon(at_level(2000, 10'000), stuck));
  EXPECT_FALSE(basic->check_abandon(at_level(2000, 10'000), stuck));
}

TEST(SabreRules, BolaWithALargerProductClimbsLater) {
  EXPECT_GT(rule("bola")->choose(at_level(18'000, 10'000)).rung,
            rule("bola:gp=50")->choose(at_level(18'000, 10'000)).rung);
}

TEST(SabreRules, BolaEnhOfThePaperKeepsLowerWithoutTheRule) {
  std::array<std::size_t, 2> chosen{};
  for (const bool paper : {false, true}) {
    const auto policy =
        rule(paper ? "bola-e:no-insufficient-buffer:mmsys18" : "bola-e:no-insufficient-buffer");
    EXPECT_EQ(policy->choose(at_level(20'000, 20'000)).rung, 5U);
    policy->report_arrival(at_level(17'000, 20'000), 0, 30'000, false);
    chosen.at(paper ? 1 : 0) = policy->choose(at_level(17'000, 20'000)).rung;
  }
  EXPECT_LT(chosen[1], chosen[0]);
}

TEST(SabreRules, BolaCountsTheEndsOfTheTitleFromASeek) {
  const auto seeker = rule("bola");
  SabreSituation behind = at_level(11'000, 10'000);
  const std::size_t before = seeker->choose(behind).rung;
  seeker->report_seek(19);
  EXPECT_GT(seeker->choose(behind).rung, before);
}

TEST(SabreRules, BolaEnhBeginsByThroughputAndAgainBehindASeek) {
  const auto policy = rule("bola-e");
  EXPECT_EQ(policy->choose(at_level(4000, 2000)).rung, 3U);
  EXPECT_EQ(policy->choose(at_level(4000, 4000)).rung, 3U);
  policy->report_seek(30);
  EXPECT_EQ(policy->choose(at_level(0, 4000)).rung, 4U);
}

TEST(SabreRules, ThroughputGivesUpWhatTakesNearlyTwoSegments) {
  const auto policy = rule("throughput");
  SabreProgress running{.rung = 4, .size = 11'400'000, .downloaded = 1'600'000, .time_ms = 1000};
  // 7.1 s in all at 1600 kbit/s are less than 7.2.
  EXPECT_EQ(policy->check_abandon(at_level(20'000, 4000), running), std::nullopt);
  running.downloaded = 1'560'000;  // 7.3 s at 1560 kbit/s; nine tenths of them carry 1200.
  EXPECT_EQ(policy->check_abandon(at_level(20'000, 4000), running), std::size_t{2});
  running.time_ms = 400;
  EXPECT_EQ(policy->check_abandon(at_level(20'000, 4000), running), std::nullopt);  // Too early.
}

/// A session of a policy on a link that is slow at first.
class SabreSession : public testing::Test {
 protected:
  struct Run {
    Outcome outcome;
    std::vector<TransferRecord> transfers;
  };
  Run run(const std::string& policy, std::optional<session::SessionOptions::Seek> seek = {}) {
    Sweep sweep{.policies = {policy},
                .estimator = std::nullopt,
                .links = {LinkCapacity(
                    test::trace_of({{.duration = 40s, .rate = 500'000_bps, .rtt = 50ms},
                                    {.duration = 1000s, .rate = 8'000'000_bps, .rtt = 50ms}}))},
                .titles = {{.name = "title",
                            .known = test::video_only(40),
                            .actual = test::video_only(40)}},
                .seeds = {1}};
    adopt(**find_profile("sabre"), sweep);
    sweep.session.seek = seek;
    Run run;
    auto outcome = sweep.run(0, &run.transfers);
    EXPECT_TRUE(outcome);
    run.outcome = *outcome;
    return run;
  }
};

TEST_F(SabreSession, ReplacesWhatIsInTheBufferFromTheLeftOrTheRight) {
  const auto replaced = [](const Run& run) {
    std::vector<SegmentNumber> again;
    SegmentNumber furthest = -1;
    for (const TransferRecord& transfer : run.transfers) {
      if (transfer.segment < furthest) again.push_back(transfer.segment);
      furthest = std::max(furthest, transfer.segment);
    }
    return again;
  };
  EXPECT_TRUE(replaced(run("dynamic")).empty());
  const Run left = run("dynamic:replace=left");
  const Run right = run("dynamic:replace=right");
  ASSERT_FALSE(replaced(left).empty());
  ASSERT_FALSE(replaced(right).empty());
  EXPECT_LE(replaced(left).front(), replaced(right).front());
  // No segment counts twice, and what was replaced counts as what the viewer saw.
  for (const Run& run : {left, right}) {
    EXPECT_EQ(run.outcome.report.segments, 40);
    EXPECT_EQ(run.outcome.report.end, session::EndReason::played_out);
    const auto played = run.outcome.totals.at(3);  // total_played_bitrate
    EXPECT_NEAR(run.outcome.report.mean_kbps, played / 40, 1e-6);
  }
  EXPECT_GT(left.outcome.report.mean_kbps, run("dynamic").outcome.report.mean_kbps);
}

TEST_F(SabreSession, SeeksOnceTheFetchedMediaReachesThePlace) {
  const Run run = this->run(
      "bola-e", session::SessionOptions::Seek{.fetched = MediaTime(40s), .to = MediaTime(100s)});
  std::vector<SegmentNumber> segments;
  for (const TransferRecord& transfer : run.transfers)
    if (!transfer.abandoned) segments.push_back(transfer.segment);
  ASSERT_EQ(segments.size(), 10U + 15U);
  EXPECT_EQ(segments[9], 9);
  EXPECT_EQ(segments[10], 25);
  EXPECT_EQ(segments.back(), 39);
  EXPECT_EQ(run.outcome.report.end, session::EndReason::played_out);
  EXPECT_GT(run.outcome.report.seeking, 0ns);
  // The ledger's clock is the session's.
  EXPECT_NEAR(run.outcome.totals.at(5), to_seconds(run.outcome.report.elapsed), 1e-6);
}

TEST_F(SabreSession, KeepsTheClockOfTheSessionToANanosecondOrSo) {
  for (const std::string_view name : sabre_policy_names()) {
    const Run run = this->run(std::string(name));
    ASSERT_EQ(run.outcome.totals.size(), sabre_totals.size());
    EXPECT_NEAR(run.outcome.totals[5], to_seconds(run.outcome.report.elapsed), 1e-8) << name;
  }
}

TEST_F(SabreSession, PlaysNoTitlesThatSabreHasNot) {
  Sweep sweep{
      .policies = {"bola"},
      .estimator = std::nullopt,
      .links = {LinkCapacity(test::trace_of({{.duration = 9s, .rate = 500'000_bps, .rtt = {}}}))},
      .titles = {{.name = "film",
                  .known = test::video_and_audio(4),
                  .actual = test::video_and_audio(4)}},
      .seeds = {1}};
  adopt(**find_profile("sabre"), sweep);
  const auto refused = sweep.run(0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().where, "film");
}

}  // namespace
}  // namespace rung::network_sim
