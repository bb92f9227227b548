#include "evaluation/html_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "evaluation/chart.h"
#include "evaluation/markup.h"
#include "tests/evaluation/sample_scores.h"

namespace rung::evaluation {
namespace {

using testing::HasSubstr;
using testing::Not;

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

TEST(HtmlReport, HasTablesAndChartsAndNeedsNothingElse) {
  const auto made = evaluate(test::sample_suite(), test::sample_scores(), std::nullopt);
  ASSERT_TRUE(made);
  const std::string html = html_report(test::sample_suite(), *made);
  EXPECT_EQ(count(html, "<table>"), 2);
  EXPECT_EQ(count(html, "<svg "), 5);
  EXPECT_EQ(count(html, "<circle "), 5 + 4);
  EXPECT_EQ(count(html, "<path "), 3 * 5);
  EXPECT_THAT(html, HasSubstr("<td class=\"worse\">worse</td>"));
  for (const std::string outside : {"<script", "http:", "https:", "src=", "href=", "nan", "inf"})
    EXPECT_THAT(html, Not(HasSubstr(outside)));
}

TEST(HtmlReport, DrawsWhatHasNoSpreadAndNoBound) {
  Suite suite = test::sample_suite();
  suite.grid.policies = {"one"};
  suite.variants = {"one"};
  suite.baseline = "one";
  const std::vector<SessionScore> single{{.policy = "one", .title = "t", .trace = "a", .qoe = 2}};
  const auto made = evaluate(suite, single, std::nullopt);
  ASSERT_TRUE(made);
  const std::string html = html_report(suite, *made);
  EXPECT_EQ(count(html, "<svg "), 4);
  EXPECT_EQ(count(html, "=\"nan"), 0);
  EXPECT_EQ(count(html, "=\"inf"), 0);
}

TEST(HtmlReport, ShowsLongNamesBesideItsCharts) {
  Suite suite = test::sample_suite();
  suite.grid.policies = {"one"};
  suite.variants = {"one estimator=sliding-percentile buffer_s=30"};
  suite.baseline = suite.variants.front();
  const std::vector<SessionScore> single{
      {.policy = suite.baseline, .title = "t", .trace = "a", .qoe = 2}};
  const auto made = evaluate(suite, single, std::nullopt);
  ASSERT_TRUE(made);
  const std::string html = html_report(suite, *made);
  // Its end is 12 before the axis, and its 44 letters have room there; so have those of a key.
  EXPECT_THAT(html, HasSubstr("<text x=\"303.2\" y=\"28\" text-anchor=\"end\">one estimator="));
  EXPECT_THAT(html, HasSubstr("<text x=\"560.8\" y=\"24\">one estimator="));
}

TEST(Chart, CutsTheMiddleOfVeryLongNames) {
  EXPECT_EQ(chart_label("bba"), "bba");
  const std::string name = "pipe:python3 " + std::string(60, 'x') + "/policy.py 0.3";
  const std::string label = chart_label(name);
  EXPECT_EQ(label.size(), 63);
  EXPECT_TRUE(label.starts_with("pipe:python3 xxxxxxx..."));
  EXPECT_TRUE(label.ends_with("/policy.py 0.3"));
  // Never within a letter.
  std::string wide;
  for (int i = 0; i < 50; ++i) wide += "\u00e9";
  EXPECT_EQ(chart_label("x" + wide).find("\xc3."), std::string::npos);
}

TEST(Chart, TellsLinesApartBeyondItsColours) {
  EXPECT_NE(line_style(0), line_style(1));
  EXPECT_NE(line_style(0), line_style(chart_colours.size()));
  EXPECT_THAT(line_style(chart_colours.size()), HasSubstr("stroke-dasharray"));
}

TEST(HtmlReport, EscapesNames) {
  EXPECT_EQ(xml_text("<a b=\"c\">&\x01"), "&lt;a b=&quot;c&quot;&gt;&amp;?");
}

}  // namespace
}  // namespace rung::evaluation
