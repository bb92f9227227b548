#include "evaluation/report_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

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

std::string known(std::optional<double> value) { return value ? number(*value, 3) : "-"; }

std::string logs_missing(const Evaluation& evaluation, std::size_t differing) {
  const auto compared = std::ranges::count_if(
      evaluation.deciding(), [](const Comparison& comparison) { return comparison.changed > 0; });
  return fmt::format("{} log{} with a difference, {} needed{}", differing,
                     differing == 1 ? "" : "s", evaluation.logs_needed,
                     compared == 1 ? "" : fmt::format(" for {} comparisons", compared));
}

/// On which of the comparisons that decide no verdict is possible, and why; empty where on none.
std::string without_verdict(const Evaluation& evaluation) {
  constexpr std::size_t most_named = 3;
  std::string names;
  std::size_t count = 0;
  std::size_t differing = 0;
  bool all = true;
  for (const Comparison& comparison : evaluation.deciding()) {
    if (comparison.verdict != Verdict::unchanged && !comparison.undecidable) all = false;
    if (!comparison.undecidable) continue;
    if (++count <= most_named) names += (names.empty() ? "" : ", ") + comparison.policy;
    differing = std::max(differing, comparison.difference.differing);
  }
  if (count == 0) return {};
  if (count > most_named) names += fmt::format(" and {} more", count - most_named);
  return fmt::format("no verdict possible{}: {}", all ? "" : " on " + names,
                     logs_missing(evaluation, differing));
}

ReportTable score_table(const Suite& suite, const Evaluation& evaluation) {
  ReportTable table{
      .caption = fmt::format("Scores: QoE_{} a segment with its {:g} % interval, and means",
                             suite.qoe, 100 * suite.bootstrap.confidence),
      .head = {"policy", "QoE", "median", "start-up s", "stalled s", "kbit/s", "switches",
               "failed"},
      .rows = {}};
  if (evaluation.with_bounds) table.head.insert(table.head.end(), {"regret", "normalised"});
  for (const PolicySummary& summary : evaluation.summaries) {
    table.rows.push_back({summary.policy, estimate(summary.qoe, 3), number(summary.qoe_median, 3),
                          number(summary.startup_s, 2), number(summary.stalled_s, 2),
                          number(summary.mean_kbps, 0), number(summary.switches, 1),
                          fmt::format("{}", summary.failed)});
    if (evaluation.with_bounds)
      table.rows.back().insert(table.rows.back().end(),
                               {known(summary.regret), known(summary.normalized)});
  }
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
  const std::size_t policies = suite.grid.policies.size();
  const std::size_t settings = suite.variants.size() / policies;
  return fmt::format(
      "{} policies{} x {} titles x {} traces ({} logs) x {} seeds; {} resamples of logs", policies,
      settings == 1 ? "" : fmt::format(" x {} settings", settings), evaluation.titles,
      evaluation.traces, evaluation.logs, evaluation.seeds, suite.bootstrap.resamples);
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

std::vector<std::string> report_notes(const Evaluation& evaluation) {
  std::vector<std::string> notes;
  if (evaluation.bounds_known < evaluation.bounds)
    notes.push_back(
        fmt::format("The optimum is known on {} of {} combinations of title, trace and seed; {}",
                    evaluation.bounds_known, evaluation.bounds, evaluation.bounds_unknown));
  return notes;
}

std::string optimum_sentence(const Evaluation& evaluation, std::string_view policy) {
  if (!evaluation.with_bounds) return {};
  const auto summary = std::ranges::find(evaluation.summaries, policy, &PolicySummary::policy);
  if (summary == evaluation.summaries.end()) return {};
  return fmt::format("{}: regret {}, normalised score {}", policy, known(summary->regret),
                     known(summary->normalized));
}

std::string no_verdict_sentence(const Evaluation& evaluation, const Comparison& comparison) {
  return "no verdict possible: " + logs_missing(evaluation, comparison.difference.differing);
}

std::string report_result(const Evaluation& evaluation) {
  std::string worse;
  for (const Comparison& comparison : evaluation.deciding())
    if (comparison.verdict == Verdict::worse)
      worse += (worse.empty() ? "" : ", ") + comparison.policy;
  const std::string result = worse.empty() ? "passed" : "worse: " + worse;
  const std::string unknown = without_verdict(evaluation);
  return unknown.empty() ? result : result + "; " + unknown;
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
