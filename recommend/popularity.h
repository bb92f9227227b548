#pragma once

#include <span>
#include <vector>

#include "recommend/plays.h"

namespace rung::recommend {

/// How often each title was played, over all time and lately. A value.
class Popularity {
 public:
  /// The number of plays of each title, and the same with every play halved for each half-life that
  /// lies between it and the last play of the log.
  [[nodiscard]] static Popularity count(const Plays& plays);
  /// From counts that were kept; both must have the same size.
  [[nodiscard]] static Popularity of(std::vector<float> counts, std::vector<float> recent_counts);

  [[nodiscard]] std::span<const float> counts() const { return counts_; }
  [[nodiscard]] std::span<const float> recent_counts() const { return recent_counts_; }
  /// The share of each title in all plays; half a play is added to each, so that none is zero.
  [[nodiscard]] std::span<const float> shares() const { return shares_; }
  /// The logarithm of a title's share over the mean share.
  [[nodiscard]] std::span<const float> lifts() const { return lifts_; }
  /// The same of the recent counts.
  [[nodiscard]] std::span<const float> recent_lifts() const { return recent_lifts_; }

  friend bool operator==(const Popularity&, const Popularity&) = default;

 private:
  std::vector<float> counts_;
  std::vector<float> recent_counts_;
  std::vector<float> shares_;
  std::vector<float> lifts_;
  std::vector<float> recent_lifts_;
};

}  // namespace rung::recommend
