#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/time.h"

namespace rung::recommend {

/// One viewing of a title, from where it began to where it was seen last. A value.
struct Stay {
  std::size_t title = 0;
  Duration from{};
  Duration to{};
  bool left = false;  ///< The viewer left there; else the title ended, or nobody saw what came.
  friend bool operator==(const Stay&, const Stay&) = default;
};

/// How probable it is that a viewer leaves a title before its end. A value; the same stays make the
/// same numbers.
///
/// The rate of leaving falls or rises with the position as a power of it, alike for all titles (a
/// Weibull distribution, as Liu, White and Dumais, "Understanding web browsing behaviors through
/// Weibull analysis of dwell time", SIGIR 2010), times a factor of the title's own. The factor has
/// a gamma distribution with mean 1 that weighs like `prior_leavings` viewers who left, so a title
/// that few have begun is like all others. Stays that began later say nothing of what lies before,
/// and those that nobody left say that it was survived.
class WatchTimes {
 public:
  static constexpr double prior_leavings = 5;

  /// Titles of the stays are below `titles`. A stay shorter than nothing is passed over.
  [[nodiscard]] static WatchTimes fit(std::span<const Stay> stays, std::size_t titles);

  /// That a viewer who is at `position` of `title` leaves within the next `horizon`; 0 where nobody
  /// has ever left anything. For a title beyond those that it was fitted on, as for one that nobody
  /// has begun.
  [[nodiscard]] double leave_within(std::size_t title, Duration position, Duration horizon) const;

  /// Below 1 viewers who have stayed are ever more likely to stay.
  [[nodiscard]] double shape() const { return shape_; }
  /// The position that a share of 1/e of the viewers of an average title comes to.
  [[nodiscard]] double scale() const { return scale_; }
  [[nodiscard]] double factor(std::size_t title) const;

  friend bool operator==(const WatchTimes&, const WatchTimes&) = default;

 private:
  /// What an average title's viewers have risked between the two positions.
  [[nodiscard]] double risk(double from, double to) const;

  double shape_ = 1;
  double scale_ = 0;  ///< In seconds; 0 where nobody left.
  std::vector<double> factors_;
};

}  // namespace rung::recommend
