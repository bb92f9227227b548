#include "evaluation/evaluation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "evaluation/report_tables.h"
#include "tests/evaluation/sample_scores.h"

namespace rung::evaluation {
namespace {

using test::sample_scores;
using test::sample_suite;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Evaluation, CallsWhatIsBetterBetterAndWhatIsWorseWorse) {
  const auto made = evaluate(sample_suite(), sample_scores(), std::nullopt);
  ASSERT_TRUE(made);
  ASSERT_EQ(made->against_policy.size(), 4);
  const std::vector<Comparison>& found = made->against_policy;
  EXPECT_EQ(found[0].policy, "up");
  EXPECT_EQ(found[0].verdict, Verdict::better);
  EXPECT_NEAR(found[0].difference.mean, 0.2, 0.02);
  EXPECT_EQ(found[1].policy, "down");
  EXPECT_EQ(found[1].verdict, Verdict::worse);
  EXPECT_EQ(found[2].policy, "noise");
  EXPECT_EQ(found[2].verdict, Verdict::no_evidence);
  EXPECT_GT(found[2].detectable, found[2].difference.standard_error * 2.8);
  EXPECT_EQ(found[3].policy, "twin");
  EXPECT_EQ(found[3].verdict, Verdict::unchanged);
  EXPECT_FALSE(made->passed());
  EXPECT_EQ(made->traces, 30);
  EXPECT_EQ(made->logs, 15);
  EXPECT_EQ(made->summaries.size(), 5);
}

TEST(Evaluation, SaysWhereTheLogsAreTooFewForAnyVerdict) {
  // Of 3 hypotheses the strictest p-value is 1/60: less than 7 logs cannot reach it.
  const auto with_logs = [](std::size_t logs) {
    std::vector<SessionScore> scores = sample_scores();
    std::erase_if(scores, [&](const SessionScore& session) {
      return std::stoul(session.trace.substr(3)) >= logs;
    });
    return *evaluate(sample_suite(), scores, std::nullopt);
  };
  const Evaluation six = with_logs(6);
  EXPECT_EQ(six.logs_needed, 7);
  EXPECT_EQ(six.against_policy[0].verdict, Verdict::no_evidence);
  EXPECT_TRUE(std::isinf(six.against_policy[0].detectable));
  EXPECT_EQ(report_result(six),
            "passed; no verdict possible: 6 logs with a difference, 7 needed for 3 comparisons");
  const Evaluation seven = with_logs(7);
  EXPECT_EQ(seven.against_policy[0].verdict, Verdict::better);
  EXPECT_EQ(seven.against_policy[1].verdict, Verdict::worse);
  EXPECT_EQ(report_result(seven), "worse: down");
}

/// "base" against one that is lower in the first of the logs only.
Evaluation lower_in(std::size_t logs) {
  Suite suite = sample_suite();
  suite.variants = suite.grid.policies = {"base", "down"};
  std::vector<SessionScore> scores = sample_scores();
  std::erase_if(scores, [](const SessionScore& session) {
    return (session.policy != "base" && session.policy != "down") ||
           std::stoul(session.trace.substr(3)) >= 12;
  });
  const std::size_t each = scores.size() / 2;
  for (std::size_t i = 0; i < each; ++i) {
    scores[each + i].qoe = scores[i].qoe;
    scores[each + i].fingerprint = scores[i].fingerprint + 1;
    if (std::stoul(scores[i].trace.substr(3)) < logs) scores[each + i].qoe -= 0.2;
  }
  return *evaluate(suite, scores, std::nullopt);
}

TEST(Evaluation, CountsLogsWithADifferenceAlone) {
  const Evaluation five = lower_in(5);
  EXPECT_EQ(five.logs, 12);
  EXPECT_EQ(five.against_policy[0].difference.differing, 5);
  EXPECT_TRUE(five.against_policy[0].undecidable);
  EXPECT_TRUE(std::isinf(five.against_policy[0].detectable));
  EXPECT_EQ(report_result(five), "passed; no verdict possible: 5 logs with a difference, 6 needed");
  EXPECT_EQ(report_result(lower_in(1)),
            "passed; no verdict possible: 1 log with a difference, 6 needed");
  EXPECT_EQ(report_result(lower_in(0)), "passed") << "the scores are the same";
  EXPECT_EQ(report_result(lower_in(8)), "worse: down");
}

TEST(Evaluation, NamesThoseThatCanHaveNoVerdictWhereOthersCan) {
  std::vector<SessionScore> scores = sample_scores();
  for (std::size_t i = 6; i < 30; ++i) {
    scores[90 + i] = scores[i];
    scores[90 + i].policy = "noise";
  }
  const Evaluation made = *evaluate(sample_suite(), scores, std::nullopt);
  EXPECT_EQ(report_result(made),
            "worse: down; no verdict possible on noise: 3 logs with a difference, 7 needed for 3 "
            "comparisons");
}

TEST(Evaluation, PassesWhereNothingIsWorse) {
  Suite suite = sample_suite();
  suite.baseline = "down";
  const auto made = evaluate(suite, sample_scores(), std::nullopt);
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->passed());
}

TEST(Evaluation, ComparesEachPolicyWithItsOwnRecord) {
  std::vector<SessionScore> now = sample_scores();
  const std::vector<SessionScore> before = now;
  const auto same = evaluate(sample_suite(), now, before);
  ASSERT_TRUE(same);
  EXPECT_TRUE(same->passed());
  for (const Comparison& comparison : same->against_record)
    EXPECT_EQ(comparison.verdict, Verdict::unchanged);

  for (SessionScore& session : now)
    if (session.policy == "up") {
      session.qoe -= 0.1;
      session.fingerprint += 1;
    }
  const auto made = evaluate(sample_suite(), now, before);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->against_record[1].policy, "up");
  EXPECT_EQ(made->against_record[1].verdict, Verdict::worse);
  EXPECT_EQ(made->against_record[1].changed, 30);
  EXPECT_EQ(made->against_record[0].verdict, Verdict::unchanged);
  EXPECT_FALSE(made->passed());
}

TEST(Evaluation, ListsPoliciesThatTheRecordDoesNotKnow) {
  std::vector<SessionScore> before = sample_scores();
  std::erase_if(before, [](const SessionScore& session) { return session.policy == "up"; });
  const auto made = evaluate(sample_suite(), sample_scores(), before);
  ASSERT_TRUE(made);
  EXPECT_THAT(made->unrecorded, ElementsAre("up"));
  EXPECT_EQ(made->against_record.size(), 4);
}

TEST(Evaluation, RefusesARecordThatKnowsNoneOfThePolicies) {
  std::vector<SessionScore> before = sample_scores();
  for (SessionScore& session : before) session.policy += " buffer_s=12";
  const auto made = evaluate(sample_suite(), sample_scores(), before);
  ASSERT_FALSE(made);
  EXPECT_EQ(
      to_string(made.error()),
      "the baseline file knows none of the policies, of which the first is \"base\"; write it "
      "anew");
  EXPECT_FALSE(evaluate(sample_suite(), sample_scores(), std::vector<SessionScore>()));
}

TEST(Evaluation, RefusesARecordOfOtherSessions) {
  std::vector<SessionScore> before = sample_scores();
  before.erase(before.begin() + 3);
  const auto less = evaluate(sample_suite(), sample_scores(), before);
  ASSERT_FALSE(less);
  EXPECT_THAT(to_string(less.error()), HasSubstr("lacks base on log1@1.csv"));
  before = sample_scores();
  before.push_back(before.front());
  const auto twice = evaluate(sample_suite(), sample_scores(), before);
  ASSERT_FALSE(twice);
  EXPECT_THAT(to_string(twice.error()), HasSubstr("twice"));
  before.back().trace = "another.csv";
  const auto more = evaluate(sample_suite(), sample_scores(), before);
  ASSERT_FALSE(more);
  EXPECT_THAT(to_string(more.error()), HasSubstr("31 sessions of base, the suite 30"));
}

TEST(Evaluation, CallsMoreFailedSessionsWorseWhateverTheScore) {
  std::vector<SessionScore> now = sample_scores();
  now[30].played_out = false;  // The first one of "up".
  const auto made = evaluate(sample_suite(), now, std::nullopt);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->against_policy[0].verdict, Verdict::worse);
  EXPECT_EQ(made->against_policy[0].failed, 1);
}

TEST(Evaluation, HoldsEveryPolicyAgainstWhatCouldHaveBeenHad) {
  const std::vector<SessionScore> scores = test::sample_scores();
  const Suite suite = test::sample_suite();
  std::vector<SessionBounds> bounds;
  for (std::size_t i = 0; i < scores.size() / suite.variants.size(); ++i)
    bounds.push_back(
        {.optimum = scores[i].qoe + 0.5, .lowest = scores[i].qoe - 1.5, .unknown = {}});
  const auto made = evaluate(suite, scores, std::nullopt, bounds);
  ASSERT_TRUE(made);
  EXPECT_NEAR(made->summaries[0].regret.value(), 0.5, 1e-9);
  EXPECT_NEAR(made->summaries[0].normalized.value(), 0.75, 1e-9);
  EXPECT_NEAR(made->summaries[1].regret.value(), 0.3, 0.01);
  EXPECT_TRUE(report_notes(*made).empty());

  bounds[0].optimum.reset();
  bounds[0].unknown = "a title with sound";
  bounds[1].lowest = *bounds[1].optimum;  // Counts for the regret alone.
  const auto partly = evaluate(suite, scores, std::nullopt, bounds);
  ASSERT_TRUE(partly);
  EXPECT_NEAR(partly->summaries[0].regret.value(), 0.5, 1e-9);
  EXPECT_NEAR(partly->summaries[0].normalized.value(), 0.75, 1e-9);
  ASSERT_EQ(report_notes(*partly).size(), 1U);
  EXPECT_EQ(report_notes(*partly)[0],
            "The optimum is known on 29 of 30 combinations of title, trace and seed; "
            "l.json, log0@0.csv: a title with sound");
  for (SessionBounds& bound : bounds) bound.optimum.reset();
  const auto none = evaluate(suite, scores, std::nullopt, bounds);
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->summaries[0].regret.has_value());
  EXPECT_EQ(optimum_sentence(*none, "up"), "up: regret -, normalised score -");
}

}  // namespace
}  // namespace rung::evaluation
