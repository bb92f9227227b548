#include "recommend/ials.h"

#include <algorithm>
#include <cmath>

#include <Eigen/Cholesky>

#include "core/limits.h"
#include "core/random.h"

namespace rung::recommend {
namespace {

constexpr int size = static_cast<int>(TitleFactors::dimensions);
using Square = Eigen::Matrix<float, size, size>;
using Vector = Eigen::Matrix<float, size, 1>;
using Factors = Eigen::Matrix<float, size, Eigen::Dynamic>;

constexpr int rounds = 6;
/// The weight of the draw of all titles to 0 (alpha_0).
constexpr float unplayed = 0.3F;
/// The pull of each vector to 0 (lambda) for each play and each title that is drawn to 0; the
/// exponent nu of the paper is 1.
constexpr float pull = 0.01F;
constexpr std::size_t latest_titles = 100;
constexpr float decay = 0.85F;
constexpr float shrinkage = 0.1F;

/// For each viewer the titles, or for each title the viewers.
using Lists = std::vector<std::vector<std::uint32_t>>;

Lists titles_by_viewer(const Plays& plays) {
  Lists result(plays.by_viewer.size());
  for (std::size_t viewer = 0; viewer < result.size(); ++viewer) {
    const std::vector<Play>& own = plays.by_viewer[viewer];
    std::vector<std::uint32_t>& titles = result[viewer];
    for (const Play& play : std::span(own).last(std::min(own.size(), limits::regressed_plays)))
      titles.push_back(play.title);
    std::ranges::sort(titles);
    titles.erase(std::unique(titles.begin(), titles.end()), titles.end());
  }
  return result;
}

Lists transposed(const Lists& lists, std::size_t columns) {
  Lists result(columns);
  for (std::uint32_t row = 0; row < lists.size(); ++row)
    for (const std::uint32_t column : lists[row]) result[column].push_back(row);
  return result;
}

Square gram_of(const Factors& factors) {
  Square gram = Square::Zero();
  gram.selfadjointView<Eigen::Lower>().rankUpdate(factors);
  return gram;
}

float pull_of(float played, std::size_t others) {
  return pull * (played + unplayed * static_cast<float>(others));
}

/// The vectors that fit `lists` best where those of the other side are `given`.
Factors solved(const Lists& lists, const Factors& given) {
  const Square gram = unplayed * gram_of(given);
  Factors result(size, static_cast<Eigen::Index>(lists.size()));
  Factors mine(size, 0);
  for (std::size_t row = 0; row < lists.size(); ++row) {
    const auto column = static_cast<Eigen::Index>(row);
    if (lists[row].empty()) {
      result.col(column).setZero();
      continue;
    }
    mine.resize(size, static_cast<Eigen::Index>(lists[row].size()));
    for (std::size_t at = 0; at < lists[row].size(); ++at)
      mine.col(static_cast<Eigen::Index>(at)) = given.col(lists[row][at]);
    Square normal = gram;
    normal.selfadjointView<Eigen::Lower>().rankUpdate(mine);
    normal.diagonal().array() +=
        pull_of(static_cast<float>(lists[row].size()), static_cast<std::size_t>(given.cols()));
    result.col(column) = normal.llt().solve(mine.rowwise().sum());
  }
  return result;
}

Factors random_factors(std::size_t count, std::uint64_t seed) {
  Factors result(size, static_cast<Eigen::Index>(count));
  Random random(seed);
  for (float& value : result.reshaped())
    value = static_cast<float>((random.uniform() - 0.5) / std::sqrt(static_cast<double>(size)));
  return result;
}

Eigen::Map<const Factors> view_of(const TitleFactors& factors) {
  return {factors.values.data(), size, static_cast<Eigen::Index>(factors.titles())};
}

}  // namespace

void TitleFactors::sum_products() {
  const Square sums = Square(gram_of(view_of(*this)).selfadjointView<Eigen::Lower>());
  gram.assign(sums.data(), sums.data() + sums.size());
}

TitleFactors ials_factors(const Plays& plays, std::uint64_t seed) {
  const Lists titles = titles_by_viewer(plays);
  const Lists viewers = transposed(titles, plays.titles.size());
  Factors of_titles = random_factors(plays.titles.size(), seed);
  for (int round = 0; round < rounds; ++round)
    of_titles = solved(viewers, solved(titles, of_titles));
  TitleFactors result;
  result.values.assign(of_titles.data(), of_titles.data() + of_titles.size());
  result.sum_products();
  return result;
}

std::vector<float> ials_shares(const TitleFactors& factors, std::span<const TitleIndex> history) {
  std::vector<float> shares(factors.titles());
  if (history.empty()) return shares;
  const auto view = view_of(factors);
  Square normal = unplayed * Eigen::Map<const Square>(factors.gram.data());
  Vector right = Vector::Zero();
  float weight = 1;
  float weights = 0;
  const std::size_t used = std::min(history.size(), latest_titles);
  for (std::size_t back = 0; back < used; ++back, weight *= decay) {
    const auto vector = view.col(history[history.size() - 1 - back]);
    normal.noalias() += weight * vector * vector.transpose();
    right += weight * vector;
    weights += weight;
  }
  normal.diagonal().array() += pull_of(weights, factors.titles());
  const Vector viewer = normal.llt().solve(right);
  Eigen::Map<Eigen::VectorXf> scores(shares.data(), static_cast<Eigen::Index>(shares.size()));
  scores.noalias() = view.transpose() * viewer;
  scores = scores.cwiseMax(0);
  scores /= scores.sum() + shrinkage;
  return shares;
}

}  // namespace rung::recommend
