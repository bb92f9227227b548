#pragma once

#include <string>
#include <vector>

#include "core/random.h"
#include "evaluation/session_score.h"
#include "evaluation/suite.h"

namespace rung::test {

/// Five policies on 30 traces, two cuts of each of 15 logs: "up" and "down" are 0.2 above and below
/// "base" but for a little noise, "noise" is equal to it but for much noise, "twin" is equal.
inline evaluation::Suite sample_suite() {
  evaluation::Suite suite;
  suite.grid.titles = {"l.json"};
  suite.grid.traces = {"t"};
  suite.grid.policies = {"base", "up", "down", "noise", "twin"};
  suite.variants = suite.grid.policies;
  suite.baseline = "base";
  return suite;
}

inline std::vector<evaluation::SessionScore> sample_scores() {
  std::vector<evaluation::SessionScore> scores;
  for (const std::string& policy : sample_suite().variants) {
    Random of_trace(1);
    Random noise(policy.size());
    for (int i = 0; i < 30; ++i) {
      double qoe = 1 + 0.5 * of_trace.normal();
      if (policy == "up") qoe += 0.2 + 0.01 * noise.normal();
      if (policy == "down") qoe -= 0.2 + 0.01 * noise.normal();
      if (policy == "noise") qoe += 0.3 * (noise.uniform() - 0.5);
      scores.push_back(
          {.policy = policy,
           .title = "l.json",
           .trace = "log" + std::to_string(i / 2) + "@" + std::to_string(i % 2) + ".csv",
           .qoe = qoe,
           .startup_s = 0.5,
           .mean_kbps = 1000,
           .fingerprint = policy == "twin" || policy == "base" ? 1U : 2U});
    }
  }
  return scores;
}

}  // namespace rung::test
