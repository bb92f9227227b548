#include "evaluation/report_tables.h"

#include <fmt/format.h>

#include <cmath>

namespace rung::evaluation {
namespace {

/// Without "-0.000".
std::string number(double value, int places) {
  std::string text = fmt::format("{:.{}f}", value, places);
  if (text.starts_with('-') && text.find_first_of("123456789") == std::string::npos)
    text.erase(0, 1);
  return text;
}

std::string estimate(const MeanDifference& found, int places) {
  return fmt::format("{} [{}, {}]", number(found.mean, places), number(found.low, places),
                     number(found.high, places));
}

ReportTable score_table(const Suite& suite, const Evaluation& evaluation) {
  ReportTable table{
      .caption = fmt::format("Scores: QoE_{} a segment with its {:g} % interval, and means",
                             suite.qoe, 100 * suite.bootstrap.confidence),
      .head = {"policy", "QoE", "median", "start-up s", "stalled s", "kbit/s", "switches",
               "failed"},
      .rows = {}};
  for (const PolicySummary& summary : evaluation.summaries)
    table.rows.push_back({summary.policy, estimate(summary.qoe, 3), number(summary.qoe_median, 3),
                          number(summary.startup_s, 2), number(summary.stalled_s, 2),
                          number(summary.mean_kbps, 0), number(summary.switches, 1),
                          fmt::format("{}", summary.failed)});
  return table;
}

ReportTable comparison_table(const std::string& caption,
                             const std::vector<Comparison>& comparisons) {
  ReportTable table{
      .caption = caption,
      .head = {"policy", "difference", "p (Holm)", "detectable", "changed", "verdict"},
      .rows = {}};
  for (const Comparison& comparison : comparisons) {
    const bool same = comparison.verdict == Verdict::unchanged;
    table.rows.push_back({comparison.policy, same ? "0" : estimate(comparison.difference, 4),
                          same ? "-" : number(comparison.adjusted_p, 4),
                          same ? "-" : number(comparison.detectable, 4),
                          fmt::format("{} of {}", comparison.changed, comparison.sessions),
                          std::string(to_string(comparison.verdict))});
  }
  return table;
}

}  // namespace

std::string report_subject(const Suite& suite, const Evaluation& evaluation) {
  return fmt::format(
      "{} policies x {} titles x {} traces ({} logs) x {} seeds; {} resamples of logs",
      suite.policies.size(), evaluation.titles, evaluation.traces, evaluation.logs,
      evaluation.seeds, suite.bootstrap.resamples);
}

std::vector<ReportTable> report_tables(const Suite& suite, const Evaluation& evaluation) {
  std::vector<ReportTable> tables{score_table(suite, evaluation)};
  if (!evaluation.against_policy.empty())
    tables.push_back(
        comparison_table("Paired differences from " + suite.baseline, evaluation.against_policy));
  if (evaluation.with_record) {
    tables.push_back(
        comparison_table("Paired differences from the baseline file", evaluation.against_record));
    for (const std::string& policy : evaluation.unrecorded)
      tables.back().rows.push_back({policy, "-", "-", "-", "-", "not in the file"});
  }
  return tables;
}

std::string report_result(const Evaluation& evaluation) {
  std::string worse;
  for (const Comparison& comparison : evaluation.deciding())
    if (comparison.verdict == Verdict::worse)
      worse += (worse.empty() ? "" : ", ") + comparison.policy;
  return worse.empty() ? "passed" : "worse: " + worse;
}

std::string report_sentence(const Suite& suite, const Comparison& comparison) {
  if (comparison.verdict == Verdict::unchanged)
    return fmt::format("{} against {}: all {} sessions are unchanged", comparison.policy,
                       comparison.against, comparison.sessions);
  return fmt::format(
      "{} against {}: {}; QoE_{} a segment differs by {} ({:g} % interval), p {} after Holm, "
      "detectable {}; {} of {} sessions changed, {} failed, {} before",
      comparison.policy, comparison.against, to_string(comparison.verdict), suite.qoe,
      estimate(comparison.difference, 4), 100 * suite.bootstrap.confidence,
      number(comparison.adjusted_p, 4), number(comparison.detectable, 4), comparison.changed,
      comparison.sessions, comparison.failed, comparison.failed_before);
}

}  // namespace rung::evaluation
