#include "evaluation/report_formats.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <vector>

#include "evaluation/markup.h"
#include "evaluation/report_tables.h"

namespace rung::evaluation {
namespace {

std::vector<std::size_t> widths(const ReportTable& table) {
  std::vector<std::size_t> wide;
  for (const std::string& name : table.head) wide.push_back(name.size());
  for (const std::vector<std::string>& row : table.rows)
    for (std::size_t i = 0; i < row.size(); ++i) wide[i] = std::max(wide[i], row[i].size());
  return wide;
}

std::string text_row(const std::vector<std::string>& cells, const std::vector<std::size_t>& wide) {
  std::string line = fmt::format("{:<{}}", cells[0], wide[0]);
  for (std::size_t i = 1; i < cells.size(); ++i) line += fmt::format("  {:>{}}", cells[i], wide[i]);
  return line + '\n';
}

std::string markdown_text(std::string_view plain) {
  std::string text;
  for (const char letter : plain) {
    if (std::string_view("|\\`<*_").find(letter) != std::string_view::npos) text += '\\';
    text += letter;
  }
  return text;
}

std::string markdown_row(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += ' ' + markdown_text(cell) + " |";
  return line + '\n';
}

std::string junit_suite(const Suite& suite, const Evaluation& evaluation,
                        const std::vector<Comparison>& comparisons, std::string_view name,
                        bool decides) {
  const auto failures =
      decides ? std::ranges::count(comparisons, Verdict::worse, &Comparison::verdict) : 0;
  const auto skipped =
      decides ? std::ranges::count(comparisons, true, &Comparison::undecidable) : 0;
  std::string text = fmt::format(
      "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">\n",
      xml_text(name), comparisons.size(), failures, skipped);
  for (const Comparison& comparison : comparisons) {
    const std::string sentence = xml_text(report_sentence(suite, comparison));
    fmt::format_to(std::back_inserter(text), "    <testcase classname=\"{}\" name=\"{}\">\n",
                   xml_text(name), xml_text(comparison.policy));
    if (decides && comparison.verdict == Verdict::worse)
      fmt::format_to(std::back_inserter(text), "      <failure type=\"worse\" message=\"{}\"/>\n",
                     sentence);
    if (decides && comparison.undecidable)
      fmt::format_to(std::back_inserter(text), "      <skipped message=\"{}\"/>\n",
                     xml_text(no_verdict_sentence(evaluation, comparison)));
    const std::string optimum = optimum_sentence(evaluation, comparison.policy);
    fmt::format_to(std::back_inserter(text),
                   "      <system-out>{}{}{}</system-out>\n    </testcase>\n", sentence,
                   optimum.empty() ? "" : "\n", xml_text(optimum));
  }
  return text + "  </testsuite>\n";
}

}  // namespace

std::string text_report(const Suite& suite, const Evaluation& evaluation) {
  std::string text = report_subject(suite, evaluation) + '\n';
  for (const ReportTable& table : report_tables(suite, evaluation)) {
    const std::vector<std::size_t> wide = widths(table);
    text += '\n' + table.caption + '\n' + text_row(table.head, wide);
    for (const std::vector<std::string>& row : table.rows) text += text_row(row, wide);
  }
  for (const std::string& note : report_notes(evaluation)) text += '\n' + note + '\n';
  return text + '\n' + report_result(evaluation) + '\n';
}

std::string markdown_report(const Suite& suite, const Evaluation& evaluation) {
  std::string text = fmt::format("## Rung evaluation: {}\n\n{}.\n", report_result(evaluation),
                                 report_subject(suite, evaluation));
  for (const ReportTable& table : report_tables(suite, evaluation)) {
    text += "\n### " + table.caption + "\n\n" + markdown_row(table.head) + "|---|";
    for (std::size_t i = 1; i < table.head.size(); ++i) text += "---:|";
    text += '\n';
    for (const std::vector<std::string>& row : table.rows) text += markdown_row(row);
  }
  for (const std::string& note : report_notes(evaluation))
    text += '\n' + markdown_text(note) + '\n';
  return text;
}

std::string junit_report(const Suite& suite, const Evaluation& evaluation) {
  const std::size_t tests = evaluation.against_policy.size() + evaluation.against_record.size();
  const auto failures =
      std::ranges::count(evaluation.deciding(), Verdict::worse, &Comparison::verdict);
  std::string text = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"rung evaluate\" tests=\"{}\" failures=\"{}\" errors=\"0\">\n",
      tests, failures);
  if (evaluation.with_record)
    text += junit_suite(suite, evaluation, evaluation.against_record, "against the baseline file",
                        true);
  if (!evaluation.against_policy.empty())
    text += junit_suite(suite, evaluation, evaluation.against_policy, "against " + suite.baseline,
                        !evaluation.with_record);
  return text + "</testsuites>\n";
}

}  // namespace rung::evaluation
