#pragma once

#include <span>

#include "recommend/plays.h"
#include "recommend/sparse_rows.h"

namespace rung::recommend {

/// Which title follows which in the viewers' sequences. A value. Every row keeps the title's 256
/// strongest followers.
struct TransitionCounts {
  /// How often the column's title came right after the row's (a Markov chain of order 1).
  SparseRows following;
  /// The column's title came within ten plays after the row's; each step further counts 0.8 times.
  SparseRows forward;
  /// The two came within twenty plays of each other, in any order; each step further counts 0.9
  /// times.
  SparseRows together;

  [[nodiscard]] static TransitionCounts count(const Plays& plays);

  friend bool operator==(const TransitionCounts&, const TransitionCounts&) = default;
};

/// How a history is looked back upon.
struct Lookback {
  std::size_t titles = 1;  ///< This many of the latest.
  float decay = 1;         ///< What each step back counts in terms of the step before.
};

/// The mean over the latest titles, weighted by how late they are, of the row's shares: a
/// distribution over the titles that sums to at most 1. A row with few counts is shrunk.
/// `history` is oldest first.
[[nodiscard]] SparseSums followers(const SparseRows& counts, std::span<const TitleIndex> history,
                                   Lookback lookback);

}  // namespace rung::recommend
