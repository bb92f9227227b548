#pragma once

#include <string>

#include "evaluation/evaluation.h"
#include "evaluation/suite.h"

namespace rung::evaluation {

/// The whole report as one HTML file that needs nothing else: the tables, and as inline SVG the
/// scores and the deciding differences with their intervals and the empirical distribution of each
/// policy's scores. No scripts, no network.
[[nodiscard]] std::string html_report(const Suite& suite, const Evaluation& evaluation);

}  // namespace rung::evaluation
