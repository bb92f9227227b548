#include "evaluation/html_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "evaluation/chart.h"
#include "evaluation/markup.h"
#include "evaluation/report_tables.h"

namespace rung::evaluation {
namespace {

struct Interval {
  std::string name;
  MeanDifference found;
  std::string_view colour;
};

std::string interval_chart(const std::vector<Interval>& intervals, std::string_view label) {
  constexpr double right = 840;
  constexpr double row = 28;
  std::vector<double> values;
  std::vector<std::string> labels;
  for (const Interval& interval : intervals) {
    labels.push_back(chart_label(interval.name));
    values.insert(values.end(), {interval.found.low, interval.found.mean, interval.found.high});
  }
  const double left = std::max(220.0, label_width(labels) + 16);
  const Axis axis = axis_over(values, left, right);
  const double bottom = 10 + row * static_cast<double>(intervals.size());
  std::string text =
      fmt::format("<svg viewBox=\"0 0 860 {}\" width=\"860\" role=\"img\" aria-label=\"{}\">\n",
                  bottom + 24, xml_text(label));
  text += grid(axis, 5, bottom);
  for (std::size_t i = 0; i < intervals.size(); ++i) {
    const Interval& interval = intervals[i];
    const double y = 10 + row * (static_cast<double>(i) + 0.5);
    fmt::format_to(
        std::back_inserter(text),
        "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>"
        "<line x1=\"{:.1f}\" y1=\"{}\" x2=\"{:.1f}\" y2=\"{}\" stroke=\"{}\" stroke-width=\"3\"/>"
        "<circle cx=\"{:.1f}\" cy=\"{}\" r=\"5\" fill=\"{}\"/>\n",
        left - 12, y + 4, xml_text(labels[i]), axis.at(interval.found.low), y,
        axis.at(interval.found.high), y, interval.colour, axis.at(interval.found.mean), y,
        interval.colour);
  }
  return text + "</svg>\n";
}

/// The share of sessions whose value is at most x, a step line for each policy.
std::string distribution_chart(const std::vector<PolicySummary>& summaries,
                               std::vector<double> PolicySummary::*sorted, std::string_view name) {
  constexpr double left = 48;
  constexpr double width = 860;
  constexpr double key = 46;  // From the chart to the names of its lines.
  constexpr double top = 10;
  constexpr double bottom = 310;
  std::vector<double> values;
  std::vector<std::string> labels;
  for (const PolicySummary& summary : summaries) {
    labels.push_back(chart_label(summary.policy));
    values.insert(values.end(), {(summary.*sorted).front(), (summary.*sorted).back()});
  }
  const double right = std::min(640.0, width - key - label_width(labels));
  const Axis axis = axis_over(values, left, right);
  const double below = std::max(bottom, top + 20 * static_cast<double>(summaries.size()));
  std::string text = fmt::format(
      "<svg viewBox=\"0 0 {0} {1}\" width=\"{0}\" role=\"img\" aria-label=\"Distribution of "
      "{2}\">\n",
      width, below + 24, xml_text(name));
  text += grid(axis, top, bottom);
  for (int quarter = 0; quarter <= 4; ++quarter) {
    const double y = bottom - (bottom - top) * quarter / 4;
    fmt::format_to(std::back_inserter(text),
                   "<line x1=\"{0}\" y1=\"{1}\" x2=\"{2}\" y2=\"{1}\" stroke=\"#e2e2e2\"/>"
                   "<text x=\"{3}\" y=\"{4}\" text-anchor=\"end\">{5} %</text>\n",
                   left, y, right, left - 6, y + 4, quarter * 25);
  }
  for (std::size_t i = 0; i < summaries.size(); ++i) {
    const PolicySummary& summary = summaries[i];
    const std::string style = line_style(i);
    std::string path = fmt::format("M{:.1f} {:.1f}", axis.at((summary.*sorted).front()), bottom);
    for (std::size_t n = 0; n < (summary.*sorted).size(); ++n)
      fmt::format_to(std::back_inserter(path), "H{:.1f}V{:.1f}", axis.at((summary.*sorted)[n]),
                     bottom - (bottom - top) * static_cast<double>(n + 1) /
                                  static_cast<double>((summary.*sorted).size()));
    const double y = top + 20 * (static_cast<double>(i) + 0.5);
    fmt::format_to(std::back_inserter(text),
                   "<path d=\"{}\" fill=\"none\" {} stroke-width=\"2\"/>"
                   "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" {} "
                   "stroke-width=\"3\"/><text x=\"{}\" y=\"{}\">{}</text>\n",
                   path, style, right + 16, y, right + 40, y, style, right + key, y + 4,
                   xml_text(labels[i]));
  }
  return text + "</svg>\n";
}

std::string html_table(const ReportTable& table) {
  std::string text =
      fmt::format("<h2>{}</h2>\n<div class=\"scroll\"><table>\n<tr>", xml_text(table.caption));
  for (const std::string& name : table.head) text += "<th>" + xml_text(name) + "</th>";
  text += "</tr>\n";
  for (const std::vector<std::string>& row : table.rows) {
    text += "<tr>";
    for (const std::string& cell : row)
      if (&cell == &row.back() && (cell == "worse" || cell == "better"))
        text += "<td class=\"" + cell + "\">" + cell + "</td>";
      else
        text += "<td>" + xml_text(cell) + "</td>";
    text += "</tr>\n";
  }
  return text + "</table></div>\n";
}

}  // namespace

std::string html_report(const Suite& suite, const Evaluation& evaluation,
                        const std::vector<TimelineGroup>& timelines) {
  std::vector<Interval> scores;
  for (std::size_t i = 0; i < evaluation.summaries.size(); ++i)
    scores.push_back({.name = evaluation.summaries[i].policy,
                      .found = evaluation.summaries[i].qoe,
                      .colour = chart_colours[i % chart_colours.size()]});
  std::vector<Interval> differences;
  for (const Comparison& comparison : evaluation.deciding())
    differences.push_back({.name = comparison.policy,
                           .found = comparison.difference,
                           .colour = comparison.verdict == Verdict::worse    ? "#b00020"
                                     : comparison.verdict == Verdict::better ? "#00703c"
                                                                             : "#777777"});
  const std::string result = xml_text(report_result(evaluation));
  std::string text = page_head("Rung evaluation: " + report_result(evaluation)) +
                     fmt::format("<h1>Rung evaluation: {}</h1>\n<p>{}.</p>\n", result,
                                 xml_text(report_subject(suite, evaluation)));
  for (const ReportTable& table : report_tables(suite, evaluation)) text += html_table(table);
  for (const std::string& note : report_notes(evaluation))
    text += "<p>" + xml_text(note) + "</p>\n";
  text += "<h2>Scores and their intervals</h2>\n" + interval_chart(scores, "Scores");
  if (!differences.empty())
    text += fmt::format("<h2>Differences from {}</h2>\n",
                        xml_text(evaluation.with_record ? "the baseline file" : suite.baseline)) +
            interval_chart(differences, "Differences");
  for (const auto& [values, name] :
       {std::pair{&PolicySummary::sorted_qoe, "scores"},
        std::pair{&PolicySummary::sorted_stalled_s, "seconds stalled"},
        std::pair{&PolicySummary::sorted_kbps, "mean bitrates, kbit/s"}})
    text += fmt::format("<h2>Distribution of {} over sessions</h2>\n", name) +
            distribution_chart(evaluation.summaries, values, name);
  if (!timelines.empty()) text += "<h2>Sessions</h2>\n" + timeline_legend();
  for (const TimelineGroup& group : timelines) text += timeline_charts(group);
  return text + "</body></html>\n";
}

}  // namespace rung::evaluation
