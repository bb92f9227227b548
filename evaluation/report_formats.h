#pragma once

#include <string>

#include "evaluation/evaluation.h"
#include "evaluation/suite.h"

namespace rung::evaluation {

/// The whole report for a terminal.
[[nodiscard]] std::string text_report(const Suite& suite, const Evaluation& evaluation);

/// The same in GitHub's Markdown, for a job summary or a comment.
[[nodiscard]] std::string markdown_report(const Suite& suite, const Evaluation& evaluation);

/// JUnit XML: a test suite for each baseline, a test case a policy. In the deciding one a case that
/// is worse has a failure; what does not decide is told in <system-out>.
[[nodiscard]] std::string junit_report(const Suite& suite, const Evaluation& evaluation);

}  // namespace rung::evaluation
