#include "evaluation/html_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <vector>

#include "evaluation/markup.h"
#include "evaluation/report_tables.h"

namespace rung::evaluation {
namespace {

/// Okabe and Ito's colours, which people who see few colours can tell apart; then they repeat.
constexpr auto colours = std::to_array<std::string_view>(
    {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#222222"});

constexpr std::string_view style = R"(
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222;
  background: #fff; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .25rem .75rem; border-bottom: 1px solid #ddd; text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
.worse { color: #b00020; font-weight: 600; } .better { color: #00703c; font-weight: 600; }
.scroll { overflow-x: auto; } svg { max-width: 100%; height: auto; } svg text { font-size: 12px; fill: #444; }
)";

/// Where values lie on a horizontal axis of a chart.
struct Axis {
  double low = 0;
  double high = 1;
  double left = 0;
  double right = 0;

  [[nodiscard]] double at(double value) const {
    const double share = (std::clamp(value, low, high) - low) / (high - low);
    return left + share * (right - left);
  }
  /// 1, 2 or 5 times a power of ten: about eight steps.
  [[nodiscard]] double step() const {
    const double rough = (high - low) / 8;
    const double power = std::pow(10.0, std::floor(std::log10(rough)));
    const double digit = rough / power;
    return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
  }
};

/// Of all that is finite in `values`, with a little room.
Axis axis_over(const std::vector<double>& values, double left, double right) {
  Axis axis{.low = 0, .high = 0, .left = left, .right = right};
  bool first = true;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    axis.low = first ? value : std::min(axis.low, value);
    axis.high = first ? value : std::max(axis.high, value);
    first = false;
  }
  const double room = std::max((axis.high - axis.low) * 0.04, 1e-6);
  axis.low -= room;
  axis.high += room;
  return axis;
}

/// Vertical lines with their values below, from `top` to `bottom`.
std::string grid(const Axis& axis, double top, double bottom) {
  std::string text;
  const double step = axis.step();
  for (double mark = std::ceil(axis.low / step); mark * step <= axis.high; ++mark) {
    const double value = mark * step;
    fmt::format_to(std::back_inserter(text),
                   "<line x1=\"{0:.1f}\" y1=\"{1}\" x2=\"{0:.1f}\" y2=\"{2}\" stroke=\"{3}\"/>"
                   "<text x=\"{0:.1f}\" y=\"{4}\" text-anchor=\"middle\">{5:g}</text>\n",
                   axis.at(value), top, bottom, mark == 0 ? "#888" : "#e2e2e2", bottom + 16,
                   std::abs(value) < step / 2 ? 0 : value);
  }
  return text;
}

struct Interval {
  std::string name;
  MeanDifference found;
  std::string_view colour;
};

std::string interval_chart(const std::vector<Interval>& intervals, std::string_view label) {
  constexpr double left = 220;
  constexpr double right = 840;
  constexpr double row = 28;
  std::vector<double> values;
  for (const Interval& interval : intervals)
    values.insert(values.end(), {interval.found.low, interval.found.mean, interval.found.high});
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
        left - 12, y + 4, xml_text(interval.name), axis.at(interval.found.low), y,
        axis.at(interval.found.high), y, interval.colour, axis.at(interval.found.mean), y,
        interval.colour);
  }
  return text + "</svg>\n";
}

/// The share of sessions whose score is at most x, a step line for each policy.
std::string distribution_chart(const std::vector<PolicySummary>& summaries) {
  constexpr double left = 48;
  constexpr double right = 640;
  constexpr double top = 10;
  constexpr double bottom = 310;
  std::vector<double> values;
  for (const PolicySummary& summary : summaries)
    values.insert(values.end(), {summary.sorted_qoe.front(), summary.sorted_qoe.back()});
  const Axis axis = axis_over(values, left, right);
  const double below = std::max(bottom, top + 20 * static_cast<double>(summaries.size()));
  std::string text = fmt::format(
      "<svg viewBox=\"0 0 860 {}\" width=\"860\" role=\"img\" aria-label=\"Distribution of "
      "scores\">\n",
      below + 24);
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
    const std::string_view colour = colours[i % colours.size()];
    std::string path = fmt::format("M{:.1f} {:.1f}", axis.at(summary.sorted_qoe.front()), bottom);
    for (std::size_t n = 0; n < summary.sorted_qoe.size(); ++n)
      fmt::format_to(std::back_inserter(path), "H{:.1f}V{:.1f}", axis.at(summary.sorted_qoe[n]),
                     bottom - (bottom - top) * static_cast<double>(n + 1) /
                                  static_cast<double>(summary.sorted_qoe.size()));
    const double y = top + 20 * (static_cast<double>(i) + 0.5);
    fmt::format_to(std::back_inserter(text),
                   "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>"
                   "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"{}\" "
                   "stroke-width=\"3\"/><text x=\"{}\" y=\"{}\">{}</text>\n",
                   path, colour, right + 16, y, right + 40, y, colour, right + 46, y + 4,
                   xml_text(summary.policy));
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

std::string html_report(const Suite& suite, const Evaluation& evaluation) {
  std::vector<Interval> scores;
  for (std::size_t i = 0; i < evaluation.summaries.size(); ++i)
    scores.push_back({.name = evaluation.summaries[i].policy,
                      .found = evaluation.summaries[i].qoe,
                      .colour = colours[i % colours.size()]});
  std::vector<Interval> differences;
  for (const Comparison& comparison : evaluation.deciding())
    differences.push_back({.name = comparison.policy,
                           .found = comparison.difference,
                           .colour = comparison.verdict == Verdict::worse    ? "#b00020"
                                     : comparison.verdict == Verdict::better ? "#00703c"
                                                                             : "#777777"});
  const std::string result = xml_text(report_result(evaluation));
  std::string text = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>Rung evaluation: {}</title>\n<style>{}</style></head>\n<body>\n"
      "<h1>Rung evaluation: {}</h1>\n<p>{}.</p>\n",
      result, style, result, xml_text(report_subject(suite, evaluation)));
  for (const ReportTable& table : report_tables(suite, evaluation)) text += html_table(table);
  for (const std::string& note : report_notes(evaluation))
    text += "<p>" + xml_text(note) + "</p>\n";
  text += "<h2>Scores and their intervals</h2>\n" + interval_chart(scores, "Scores");
  if (!differences.empty())
    text += fmt::format("<h2>Differences from {}</h2>\n",
                        xml_text(evaluation.with_record ? "the baseline file" : suite.baseline)) +
            interval_chart(differences, "Differences");
  text +=
      "<h2>Distribution of scores over sessions</h2>\n" + distribution_chart(evaluation.summaries);
  return text + "</body></html>\n";
}

}  // namespace rung::evaluation
