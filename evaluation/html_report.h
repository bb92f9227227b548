#pragma once

#include <string>
#include <vector>

#include "evaluation/evaluation.h"
#include "evaluation/suite.h"
#include "evaluation/timeline_chart.h"

namespace rung::evaluation {

/// The whole report as one HTML file that needs nothing else: the tables, and as inline SVG the
/// scores and the deciding differences with their intervals, the empirical distributions of each
/// policy's scores, stalls and bitrates, and `timelines`. No scripts, no network.
[[nodiscard]] std::string html_report(const Suite& suite, const Evaluation& evaluation,
                                      const std::vector<TimelineGroup>& timelines = {});

}  // namespace rung::evaluation
