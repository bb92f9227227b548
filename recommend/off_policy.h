#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "core/expected.h"
#include "recommend/logged_decisions.h"

namespace rung::recommend {

/// A mean reward by decision, and how far it can be trusted: Student's quantile with so many
/// degrees of freedom times the standard error makes an interval.
struct ValueEstimate {
  std::string_view method;
  double value = 0;           ///< Not a number where no decision has a weight.
  double standard_error = 0;  ///< Infinite where there is one cluster only.
  std::size_t degrees = 1;
};

struct OffPolicyOptions {
  /// Larger weights count as this one; without it the square root of the number of decisions
  /// (Ionides, "Truncated importance sampling", JCGS 17(2), 2008).
  std::optional<double> largest_weight = std::nullopt;
};

/// What a log says of a policy that it was not made by.
struct OffPolicyReport {
  ValueEstimate logged;  ///< Of the policy that made the log: what it brought.
  double least_reward = 0;
  double largest_reward = 0;
  std::vector<ValueEstimate> estimates;  ///< ips, snips, dm, dr.
  std::size_t decisions = 0;
  std::size_t clusters = 0;
  double effective_decisions = 0;  ///< (sum of weights)^2 / sum of their squares (Kish 1965).
  double mean_weight = 0;          ///< Near 1 where propensities are true and there is support.
  double mean_weight_error = 0;    ///< Its standard error.
  double largest_weight = 0;       ///< Before any is cut.
  double weight_bound = 0;
  std::size_t cut = 0;  ///< Weights beyond the bound.
  /// The share of what the policy would show that the log never shows at that place.
  double unsupported = 0;
};

/// Whether the policy can be judged: fails with limit_exceeded where it shows more titles, counted
/// for each place and context, than limits::judged_titles.
[[nodiscard]] Expected<void> judgeable(const LoggedDecisions& log, const TargetPolicy& policy);

/// The value of `policy`, which must be judgeable, by the inverse propensities (IPS; Horvitz and
/// Thompson 1952), the same over the sum of the weights (SNIPS; Swaminathan and Joachims, NIPS
/// 2015), a model of the rewards (DM), and both (doubly robust, DR; Dudik, Langford and Li, ICML
/// 2011). A decision is a title at a place whose reward depends on no other place (the item-
/// position model; Li et al., "Offline evaluation of ranking policies with click models", KDD
/// 2018).
///
/// The model is the mean reward of a title at a place, drawn to place times title, and these to the
/// overall mean, by so many decisions (1 to 1000) as foresee best in five folds of clusters. What
/// DR adds to a decision is of the model without the decision's own fold.
///
/// Standard errors are those of the influence function of each estimate, summed by cluster; that of
/// DR has the model's part in what the log never shows, too. There
/// is one degree of freedom less than there are clusters, or effective decisions where these are
/// fewer. A function of its arguments alone.
[[nodiscard]] OffPolicyReport evaluate_policy(const LoggedDecisions& log,
                                              const TargetPolicy& policy,
                                              const OffPolicyOptions& options = {});

}  // namespace rung::recommend
