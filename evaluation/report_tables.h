#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "evaluation/evaluation.h"
#include "evaluation/suite.h"

namespace rung::evaluation {

/// What every form of report shows, as text. A value.
struct ReportTable {
  std::string caption;
  std::vector<std::string> head;  ///< The first column is a name, the others are numbers or words.
  std::vector<std::vector<std::string>> rows;
};

/// One sentence on what was run.
[[nodiscard]] std::string report_subject(const Suite& suite, const Evaluation& evaluation);

/// The scores; the comparisons with the baseline policy; those with a baseline file, if any.
[[nodiscard]] std::vector<ReportTable> report_tables(const Suite& suite,
                                                     const Evaluation& evaluation);

/// What must be known of the tables to read them, one sentence each; mostly none.
[[nodiscard]] std::vector<std::string> report_notes(const Evaluation& evaluation);

/// Why one of the comparisons that decide is undecidable:
/// "no verdict possible: 6 logs with a difference, 7 needed for 3 comparisons".
[[nodiscard]] std::string no_verdict_sentence(const Evaluation& evaluation,
                                              const Comparison& comparison);

/// "passed", or "worse: " and the policies; and where no verdict is possible.
[[nodiscard]] std::string report_result(const Evaluation& evaluation);

/// A comparison in one sentence.
[[nodiscard]] std::string report_sentence(const Suite& suite, const Comparison& comparison);

/// How far a policy is from the optimum, in one sentence; empty where nobody asked.
[[nodiscard]] std::string optimum_sentence(const Evaluation& evaluation, std::string_view policy);

}  // namespace rung::evaluation
