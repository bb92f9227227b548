#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/expected.h"

namespace rung::recommend {

/// A title that stood at a place.
struct LoggedDecision {
  std::uint32_t cluster = 0;  ///< Decisions of different clusters do not depend on each other.
  std::uint32_t place = 0;
  std::uint32_t title = 0;
  double propensity = 1;  ///< The probability that it stood there.
  double reward = 0;
  friend bool operator==(const LoggedDecision&, const LoggedDecision&) = default;
};

/// Where a policy decides. Parts that a log does not tell are empty.
struct DecisionPlace {
  std::string context;
  std::string row;
  std::string place;
  friend auto operator<=>(const DecisionPlace&, const DecisionPlace&) = default;
};

/// What the clusters of a log are.
enum class ClusterKind : std::uint8_t { viewer, slate, row };
[[nodiscard]] std::string_view to_string(ClusterKind kind);

/// What was shown, how probable that was and what it brought. A value.
struct LoggedDecisions {
  std::vector<std::string> titles;
  std::vector<DecisionPlace> places;
  std::vector<LoggedDecision> decisions;
  /// By decision: what would stand there if nothing were left to chance. Empty where that is not
  /// logged.
  std::vector<std::uint32_t> usual;
  ClusterKind cluster_kind = ClusterKind::row;
  std::size_t clusters = 0;
  std::size_t certain = 0;  ///< Further decisions, which were passed over: nothing else could be.
};

/// Which decisions of a log count.
struct DecisionFilter {
  std::string row = {};  ///< Of one row of the screen only; empty for all.
};

/// Reads comma-separated values with a head line. Columns, wherever they stand: `title` (or item,
/// item_id), `propensity` (or propensity_score, action_prob; above 0, at most 1) and `reward` (or
/// click); where they are there, `place` (or position), `row` and `context` tell decisions apart
/// that a policy makes separately, `usual` is the title without chance, and `viewer` (or user),
/// else `slate` the cluster (where a log has one viewer only, its slates are). Rows and places at
/// which every propensity is 1 are passed over; where there is nothing else, as where anything is
/// malformed, it fails.
[[nodiscard]] Expected<LoggedDecisions> parse_decisions(std::string_view text,
                                                        const std::string& name,
                                                        const DecisionFilter& filter = {});

/// A title, and how probable it is that a policy shows it.
struct TitleShare {
  std::uint32_t title = 0;
  double probability = 0;
  friend bool operator==(const TitleShare&, const TitleShare&) = default;
};
/// For titles that a log does not have.
inline constexpr std::uint32_t unknown_title = 0xffffffff;

/// What a policy would show where a log has a decision. A value.
struct TargetPolicy {
  /// The sum of each is 1; titles ascend.
  std::vector<std::vector<TitleShare>> distributions;
  std::vector<std::uint32_t> of;  ///< By decision.
};

/// Every title that the log shows at a place is shown equally often.
[[nodiscard]] TargetPolicy uniform_policy(const LoggedDecisions& log);
/// Nothing is left to chance. Fails with malformed where the log does not tell what that is.
[[nodiscard]] Expected<TargetPolicy> usual_policy(const LoggedDecisions& log);
/// Reads a policy: a table with the columns title and probability and the log's place, row and
/// context, of which it may leave out any for a policy that makes no difference there; or, without
/// the column probability, another policy's log, whose shares are counted. Fails where
/// probabilities of a place do not sum to 1, or a place of the log is missing.
[[nodiscard]] Expected<TargetPolicy> parse_policy(std::string_view text, const std::string& name,
                                                  const LoggedDecisions& log);

}  // namespace rung::recommend
