#include "recommend/ease.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <vector>

#include <Eigen/Cholesky>

#include "core/check.h"
#include "core/limits.h"

namespace rung::recommend {
namespace {

using Matrix = Eigen::MatrixXf;

constexpr std::size_t widest_row = 256;
constexpr float lambda = 200;
constexpr float lambda_of_trace = 1e-4F;
constexpr std::size_t latest_titles = 200;
constexpr float decay = 0.98F;
constexpr float shrinkage = 0.1F;

/// The titles that have rows and columns, ascending.
std::vector<TitleIndex> most_played(const Plays& plays) {
  std::vector<std::uint64_t> counts(plays.titles.size());
  for (const auto& own : plays.by_viewer)
    for (const Play& play : own) ++counts[play.title];
  std::vector<TitleIndex> titles(counts.size());
  std::iota(titles.begin(), titles.end(), TitleIndex{0});
  std::ranges::stable_sort(titles, [&counts](TitleIndex left, TitleIndex right) {
    return counts[left] > counts[right];
  });
  titles.resize(std::min(titles.size(), limits::regressed_titles));
  std::ranges::sort(titles);
  return titles;
}

/// Where each title of the catalogue stands among `titles`.
std::vector<std::optional<Eigen::Index>> places_of(const std::vector<TitleIndex>& titles,
                                                   std::size_t catalogue) {
  std::vector<std::optional<Eigen::Index>> places(catalogue);
  for (std::size_t at = 0; at < titles.size(); ++at)
    places[titles[at]] = static_cast<Eigen::Index>(at);
  return places;
}

/// How many viewers played both titles; the lower half.
Matrix viewers_of_both(const Plays& plays, const std::vector<std::optional<Eigen::Index>>& places,
                       std::size_t titles) {
  const auto size = static_cast<Eigen::Index>(titles);
  Matrix counts = Matrix::Zero(size, size);
  std::vector<Eigen::Index> seen;
  for (const std::vector<Play>& own : plays.by_viewer) {
    seen.clear();
    const std::size_t used = std::min(own.size(), limits::regressed_plays);
    for (const Play& play : std::span(own).last(used))
      if (const auto& place = places[play.title]) seen.push_back(*place);
    std::ranges::sort(seen);
    seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
    for (std::size_t column = 0; column < seen.size(); ++column)
      for (std::size_t row = column; row < seen.size(); ++row) counts(seen[row], seen[column]) += 1;
  }
  return counts;
}

}  // namespace

SparseRows ease_weights(const Plays& plays) {
  const std::vector<TitleIndex> titles = most_played(plays);
  const auto places = places_of(titles, plays.titles.size());
  Matrix counts = viewers_of_both(plays, places, titles.size());
  const float ridge = lambda + lambda_of_trace * counts.trace();
  counts.diagonal().array() += ridge;
  const Eigen::LLT<Eigen::Ref<Matrix>> factors(counts);
  // The condition number is below 10001: eigenvalues lie between the ridge and the trace above it.
  RUNG_CHECK(factors.info() == Eigen::Success);
  Matrix inverse = Matrix::Identity(counts.rows(), counts.cols());
  factors.solveInPlace(inverse);

  SparseRows rows;
  SparseSums sums(plays.titles.size());
  for (TitleIndex title = 0; title < plays.titles.size(); ++title) {
    if (const auto& row = places[title])
      for (std::size_t at = 0; at < titles.size(); ++at) {
        const auto column = static_cast<Eigen::Index>(at);
        const float weight = -inverse(column, *row) / inverse(column, column);
        if (column != *row && weight > 0) sums.add(titles[at], weight);
      }
    rows.append(sums, widest_row);
    sums.clear();
  }
  return rows;
}

SparseSums ease_shares(const SparseRows& weights, std::span<const TitleIndex> history) {
  SparseSums sums(weights.size());
  const std::size_t used = std::min(history.size(), latest_titles);
  float all = shrinkage;
  float weight = 1;
  for (std::size_t back = 0; back < used; ++back, weight *= decay)
    all += weight * weights.totals[history[history.size() - 1 - back]];
  weight = 1 / all;
  for (std::size_t back = 0; back < used; ++back, weight *= decay)
    for (const SparseEntry& entry : weights.row(history[history.size() - 1 - back]))
      sums.add(entry.column, weight * entry.value);
  return sums;
}

}  // namespace rung::recommend
