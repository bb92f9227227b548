#include "recommend/popularity.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/check.h"

namespace rung::recommend {
namespace {

constexpr double half_life_days = 180;
constexpr double added_to_each = 0.5;

std::vector<float> shares_of(std::span<const float> counts) {
  const double sum = std::accumulate(counts.begin(), counts.end(), 0.0) +
                     added_to_each * static_cast<double>(counts.size());
  std::vector<float> shares;
  shares.reserve(counts.size());
  for (const float count : counts)
    shares.push_back(static_cast<float>((static_cast<double>(count) + added_to_each) / sum));
  return shares;
}

}  // namespace

Popularity Popularity::count(const Plays& plays) {
  std::chrono::sys_seconds last{};
  for (const auto& own : plays.by_viewer)
    for (const Play& play : own) last = std::max(last, play.time);
  std::vector<double> counts(plays.titles.size());
  std::vector<double> recent(plays.titles.size());
  for (const auto& own : plays.by_viewer)
    for (const Play& play : own) {
      const double days = static_cast<double>((last - play.time).count()) / 86'400;
      counts[play.title] += 1;
      recent[play.title] += std::exp2(-days / half_life_days);
    }
  return of({counts.begin(), counts.end()}, {recent.begin(), recent.end()});
}

Popularity Popularity::of(std::vector<float> counts, std::vector<float> recent_counts) {
  RUNG_CHECK(counts.size() == recent_counts.size());
  Popularity result;
  result.counts_ = std::move(counts);
  result.recent_counts_ = std::move(recent_counts);
  result.shares_ = shares_of(result.counts_);
  const std::vector<float> recent_shares = shares_of(result.recent_counts_);
  const auto titles = static_cast<float>(result.counts_.size());
  for (std::size_t title = 0; title < result.counts_.size(); ++title) {
    result.lifts_.push_back(std::log(result.shares_[title] * titles));
    result.recent_lifts_.push_back(std::log(recent_shares[title] * titles));
  }
  return result;
}

}  // namespace rung::recommend
