#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cli/grid_run.h"
#include "cli/run_sweep.h"
#include "core/expected.h"
#include "evaluation/evaluation.h"
#include "evaluation/session_score.h"
#include "evaluation/suite.h"
#include "evaluation/timeline_chart.h"
#include "plugin/policy_source.h"

namespace rung::cli {

/// The sessions of a suite, in every setting of its grid. A value.
class SuiteRun {
 public:
  /// Reads a suite and all that it names, each called as the suite calls it, wherever that lies.
  /// `regret` adds to what the suite says of it. Fails before the first session begins.
  [[nodiscard]] static Expected<SuiteRun> load(const std::string& path, bool regret,
                                               const std::shared_ptr<plugin::PolicySource>& source);

  [[nodiscard]] const evaluation::Suite& suite() const { return suite_; }
  /// All that scores() and bounds() run.
  [[nodiscard]] std::size_t sessions() const;
  /// Of all that their results are functions of.
  [[nodiscard]] std::uint64_t digest();

  /// In the order that evaluation::evaluate() takes: by variant; in it by RTT (which is part of the
  /// traces' names where there are several), title, trace and seed.
  [[nodiscard]] Expected<std::vector<evaluation::SessionScore>> scores(unsigned jobs,
                                                                       SweepObservers& observers);
  /// The optimum and the lowest representation in every setting of the session, in the order of a
  /// variant's scores; nothing where the suite does not ask for it.
  [[nodiscard]] Expected<std::vector<evaluation::SessionBounds>> bounds(
      unsigned jobs, SweepObservers& observers) const;
  /// Of the titles and traces in the order of the baseline's scores `wanted` ones, evenly from its
  /// worst to its best, with the variants on each: the baseline and at most most_drawn others. Run
  /// again to be drawn; sessions are functions of their number.
  [[nodiscard]] Expected<std::vector<evaluation::TimelineGroup>> timelines(
      std::span<const evaluation::SessionScore> scores, std::size_t wanted);

  static constexpr std::size_t most_drawn = 50;

 private:
  /// Where a setting's sessions stand: which setting it is of the session, and of the network.
  struct Place {
    std::size_t session = 0;
    std::size_t network = 0;
    std::string trace_prefix;
    friend bool operator==(const Place&, const Place&) = default;
  };

  SuiteRun(evaluation::Suite suite, Run run);
  /// Sessions of a policy in one setting.
  [[nodiscard]] std::size_t each() const { return run_.sweep.size() / run_.sweep.policies.size(); }
  /// The first settings, which differ in more than the estimator.
  [[nodiscard]] std::size_t settings_without_estimator() const;

  evaluation::Suite suite_;
  Run run_;
  std::vector<Place> places_;  ///< By setting.
  std::size_t session_settings_ = 1;
  std::size_t network_settings_ = 1;
};

}  // namespace rung::cli
