#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/expected.h"
#include "evaluation/session_score.h"
#include "evaluation/statistics.h"
#include "evaluation/suite.h"

namespace rung::evaluation {

enum class Verdict {
  unchanged,    ///< every decision and every score is the same
  better,       ///< the difference is above zero beyond doubt
  worse,        ///< below zero beyond doubt, or more sessions failed
  no_evidence,  ///< neither
};
/// "better", "worse", "no evidence", "unchanged".
[[nodiscard]] std::string_view to_string(Verdict verdict);

/// What could have been had on one title, trace and seed: QoE a segment.
struct SessionBounds {
  std::optional<double> optimum;
  double lowest = 0;    ///< Of always the lowest representation.
  std::string unknown;  ///< Why there is no optimum.
  friend bool operator==(const SessionBounds&, const SessionBounds&) = default;
};

/// A policy's sessions, taken together.
struct PolicySummary {
  std::string policy;
  MeanDifference qoe;  ///< Of the scores themselves (their difference from zero).
  double qoe_median = 0;
  double startup_s = 0;  ///< Means over sessions.
  double stalled_s = 0;
  double mean_kbps = 0;
  double switches = 0;
  std::size_t failed = 0;  ///< Sessions that were not played to their end.
  /// The optimum's score less the policy's, and (policy - lowest) / (optimum - lowest): means over
  /// the sessions whose optimum is known, and better than the lowest representation.
  std::optional<double> regret;
  std::optional<double> normalized;
  std::vector<double> sorted_qoe;  ///< Of every session, ascending, like the next two.
  std::vector<double> sorted_stalled_s;
  std::vector<double> sorted_kbps;
  friend bool operator==(const PolicySummary&, const PolicySummary&) = default;
};

/// A policy against the baseline policy, or against what a baseline file tells of itself: paired
/// over equal title, trace and seed.
struct Comparison {
  std::string policy;
  std::string against;
  std::size_t sessions = 0;
  std::size_t changed = 0;  ///< Sessions whose fingerprint or score differs.
  MeanDifference difference;
  double adjusted_p = 1;          ///< Holm, over all comparisons with the same baseline.
  double detectable = 0;          ///< minimum_detectable_effect() at Holm's strictest step.
  std::size_t failed = 0;         ///< Sessions not played to their end: of the policy,
  std::size_t failed_before = 0;  ///< and of what it is compared with.
  Verdict verdict = Verdict::no_evidence;
  /// Its scores differ in too few logs for any verdict on them.
  bool undecidable = false;
  friend bool operator==(const Comparison&, const Comparison&) = default;
};

struct Evaluation {
  std::size_t traces = 0;
  std::size_t logs = 0;  ///< Clusters.
  /// With so many that differ every comparison that decides can have a verdict.
  std::size_t logs_needed = 0;
  std::size_t titles = 0;
  std::size_t seeds = 0;
  std::vector<PolicySummary> summaries;  ///< In the suite's order of variants.
  std::vector<Comparison> against_policy;
  /// With a baseline file only: the policies that it knows.
  std::vector<Comparison> against_record;
  bool with_record = false;
  std::vector<std::string> unrecorded;  ///< Policies that the file does not know.
  bool with_bounds = false;
  std::size_t bounds = 0;        ///< Settings, titles, traces and seeds,
  std::size_t bounds_known = 0;  ///< and those of them whose optimum is known.
  std::string bounds_unknown;    ///< Of the first without: where, and why.

  /// The comparisons that decide: those with the baseline file where there is one.
  [[nodiscard]] const std::vector<Comparison>& deciding() const {
    return with_record ? against_record : against_policy;
  }
  [[nodiscard]] bool passed() const;
  friend bool operator==(const Evaluation&, const Evaluation&) = default;
};

/// Judges the sessions of a suite. `scores`: for each of the suite's variants in their order, its
/// sessions, all in the same order of title, trace and seed. `recorded`: the sessions of a baseline
/// file. `bounds`, where there are any: for each setting of the sessions as many, in the same
/// orders.
/// Fails (invalid_argument) where the baseline file knows none of the variants, or one of them but
/// not exactly the same sessions of it.
[[nodiscard]] Expected<Evaluation> evaluate(const Suite& suite,
                                            std::span<const SessionScore> scores,
                                            std::optional<std::span<const SessionScore>> recorded,
                                            std::span<const SessionBounds> bounds = {});

}  // namespace rung::evaluation
