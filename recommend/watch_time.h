#pragma once

#include <chrono>
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
///
/// A title that many have left also has a factor for each of its segments of `segment` (a scene
/// that drives viewers away, credits), drawn to 1 in the same way: where a segment was reached by
/// few, the title's own rate is believed, and where the title was, that of all titles.
class WatchTimes {
 public:
  static constexpr double prior_leavings = 5;
  /// Titles with fewer leavings have no segments of their own.
  static constexpr double segmented_leavings = 20;
  static constexpr Duration segment = std::chrono::seconds(30);
  /// Two hours; behind them a title has its own rate.
  static constexpr std::size_t most_segments = 240;

  /// As it is kept: shape, scale and, by title, where its segments start, one more than titles.
  struct Parts {
    double shape = 1;
    double scale = 0;
    std::vector<double> factors = {};
    std::vector<std::uint32_t> starts = {0};
    std::vector<float> segments = {};
    friend bool operator==(const Parts&, const Parts&) = default;
  };

  /// Titles of the stays are below `titles`. A stay shorter than nothing is passed over.
  [[nodiscard]] static WatchTimes fit(std::span<const Stay> stays, std::size_t titles);

  /// That a viewer who is at `position` of `title` leaves within the next `horizon`; 0 where nobody
  /// has ever left anything. For a title beyond those that it was fitted on, as for one that nobody
  /// has begun.
  [[nodiscard]] double leave_within(std::size_t title, Duration position, Duration horizon) const;

  /// Whether anything is known of leaving.
  [[nodiscard]] bool known() const { return parts_.scale > 0; }
  /// Below 1 viewers who have stayed are ever more likely to stay.
  [[nodiscard]] double shape() const { return parts_.shape; }
  /// The position that a share of 1/e of the viewers of an average title comes to.
  [[nodiscard]] double scale() const { return parts_.scale; }
  [[nodiscard]] double factor(std::size_t title) const;
  /// Of the segment at `position`, over the title's own.
  [[nodiscard]] double segment_factor(std::size_t title, Duration position) const;

  [[nodiscard]] const Parts& parts() const { return parts_; }
  /// From parts that were kept; nothing where they contradict themselves.
  [[nodiscard]] static std::optional<WatchTimes> of(Parts parts);

  friend bool operator==(const WatchTimes&, const WatchTimes&) = default;

 private:
  /// What an average title's viewers have risked between the two positions.
  [[nodiscard]] double risk(double from, double to) const;

  void fit_segments(std::span<const Stay> stays);
  [[nodiscard]] std::span<const float> segments_of(std::size_t title) const;

  Parts parts_;
};

}  // namespace rung::recommend
