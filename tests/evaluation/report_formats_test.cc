#include "evaluation/report_formats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

#include "evaluation/report_tables.h"
#include "tests/evaluation/sample_scores.h"

namespace rung::evaluation {
namespace {

using test::sample_scores;
using test::sample_suite;
using testing::HasSubstr;
using testing::Not;

TEST(Reports, SayTheVerdictOfEveryPolicy) {
  const auto made = evaluate(sample_suite(), sample_scores(), std::nullopt);
  ASSERT_TRUE(made);
  const std::string text = text_report(sample_suite(), *made);
  EXPECT_THAT(text, HasSubstr("5 policies x 1 titles x 30 traces (15 logs) x 1 seeds"));
  EXPECT_THAT(text, HasSubstr("Paired differences from base"));
  EXPECT_TRUE(text.ends_with("\nworse: down\n")) << text;
  const std::string markdown = markdown_report(sample_suite(), *made);
  EXPECT_TRUE(markdown.starts_with("## Rung evaluation: worse: down\n"));
  EXPECT_THAT(markdown, HasSubstr("| no evidence |"));
  const std::string junit = junit_report(sample_suite(), *made);
  EXPECT_THAT(junit, HasSubstr("tests=\"4\" failures=\"1\""));
  EXPECT_THAT(junit, HasSubstr("<testcase classname=\"against base\" name=\"up\">"));
  EXPECT_THAT(junit, HasSubstr("<failure type=\"worse\" message=\"down against base: worse;"));
}

TEST(Reports, HaveARowForEveryPolicyInTables) {
  std::vector<SessionScore> scores = sample_scores();
  const auto made = evaluate(sample_suite(), scores, std::span(scores).first(90));
  ASSERT_TRUE(made);
  const std::vector<ReportTable> tables = report_tables(sample_suite(), *made);
  ASSERT_EQ(tables.size(), 3);
  EXPECT_EQ(tables[0].rows.size(), 5);
  EXPECT_EQ(tables[1].rows.size(), 4);
  EXPECT_EQ(tables[2].rows.size(), 5);
  EXPECT_EQ(tables[2].rows[4].back(), "not in the file");
  for (const ReportTable& table : tables)
    for (const std::vector<std::string>& row : table.rows) EXPECT_EQ(row.size(), table.head.size());
}

TEST(Reports, SkipWhatCanHaveNoVerdict) {
  std::vector<SessionScore> scores = sample_scores();
  std::erase_if(
      scores, [](const SessionScore& session) { return std::stoul(session.trace.substr(3)) >= 6; });
  const auto made = evaluate(sample_suite(), scores, std::nullopt);
  ASSERT_TRUE(made);
  const std::string why =
      "no verdict possible: 6 logs with a difference, 7 needed for 3 comparisons";
  const std::string junit = junit_report(sample_suite(), *made);
  EXPECT_THAT(junit, HasSubstr("failures=\"0\" errors=\"0\" skipped=\"3\""));
  EXPECT_THAT(junit, HasSubstr("name=\"down\">\n      <skipped message=\"" + why + "\"/>"));
  EXPECT_TRUE(text_report(sample_suite(), *made).ends_with("\npassed; " + why + "\n"));
}

TEST(Reports, FailOnlyWhatDecides) {
  const std::vector<SessionScore> scores = sample_scores();
  const auto made = evaluate(sample_suite(), scores, scores);
  ASSERT_TRUE(made);
  EXPECT_TRUE(text_report(sample_suite(), *made).ends_with("\npassed\n"));
  const std::string junit = junit_report(sample_suite(), *made);
  EXPECT_THAT(junit, HasSubstr("tests=\"9\" failures=\"0\""));
  EXPECT_THAT(junit, Not(HasSubstr("<failure")));
  EXPECT_THAT(junit, HasSubstr("down against base: worse"));
}

TEST(Reports, EscapeNames) {
  Suite suite = sample_suite();
  std::vector<SessionScore> scores = sample_scores();
  suite.variants[1] = "./a|b.so:<&\">";
  for (SessionScore& session : scores)
    if (session.policy == "up") session.policy = suite.variants[1];
  const auto made = evaluate(suite, scores, std::nullopt);
  ASSERT_TRUE(made);
  EXPECT_THAT(junit_report(suite, *made), HasSubstr("name=\"./a|b.so:&lt;&amp;&quot;&gt;\""));
  EXPECT_THAT(markdown_report(suite, *made), HasSubstr("| ./a\\|b.so:\\<&\"> |"));
}

}  // namespace
}  // namespace rung::evaluation
