#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "recommend/plays.h"

namespace rung::recommend {

/// A vector for each title, such that a viewer's vector times a title's says whether the viewer
/// plays it. A value.
struct TitleFactors {
  static constexpr std::size_t dimensions = 16;

  std::vector<float> values;  ///< By title, then dimension.
  /// The sum of v v^T over the titles' vectors v: `dimensions` times as many numbers.
  std::vector<float> gram;

  [[nodiscard]] std::size_t titles() const { return values.size() / dimensions; }
  /// Computes `gram` anew, for vectors that were read.
  void sum_products();

  friend bool operator==(const TitleFactors&, const TitleFactors&) = default;
};

/// The titles' vectors of implicit alternating least squares (Hu, Koren and Volinsky,
/// "Collaborative filtering for implicit feedback datasets", ICDM 2008) in the form of Rendle et
/// al. ("Revisiting the performance of iALS on item recommendation benchmarks", RecSys 2022,
/// equations 1 to 5): played titles are drawn to 1 and all titles, weakly, to 0.
///
/// We differ from the papers: of each viewer only the latest limits::regressed_plays plays count. A
/// title that was never played has the zero vector. The same plays and seed make the same bytes.
[[nodiscard]] TitleFactors ials_factors(const Plays& plays, std::uint64_t seed);

/// Fold-in: the vector of a viewer who played the latest 100 titles of `history` (oldest first),
/// each step back counting 0.85 times, times each title's vector. Values are what iALS calls
/// scores; those below zero are zero. They are divided by their sum and a tenth, so that they are a
/// distribution that sums to less than 1.
[[nodiscard]] std::vector<float> ials_shares(const TitleFactors& factors,
                                             std::span<const TitleIndex> history);

}  // namespace rung::recommend
