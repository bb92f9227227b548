#include "recommend/transition_counts.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace rung::recommend {
namespace {

constexpr std::size_t widest_row = 256;
constexpr float row_shrinkage = 6;

struct Window {
  std::size_t steps = 1;
  float decay = 1;
  bool both_directions = false;
};

/// Where a title was played: the sequence and the position in it.
struct Occurrence {
  std::uint32_t viewer = 0;
  std::uint32_t position = 0;
};

/// The occurrences of every title, by title; those of title t lie from starts[t] to starts[t + 1].
struct Occurrences {
  std::vector<std::size_t> starts;
  std::vector<Occurrence> list;
};

Occurrences occurrences_in(const Plays& plays) {
  Occurrences result;
  result.starts.resize(plays.titles.size() + 1);
  for (const auto& own : plays.by_viewer)
    for (const Play& play : own) ++result.starts[play.title + 1];
  for (std::size_t title = 0; title < plays.titles.size(); ++title)
    result.starts[title + 1] += result.starts[title];
  std::vector<std::size_t> next(result.starts.begin(), result.starts.end() - 1);
  result.list.resize(result.starts.back());
  for (std::uint32_t viewer = 0; viewer < plays.by_viewer.size(); ++viewer)
    for (std::uint32_t at = 0; at < plays.by_viewer[viewer].size(); ++at)
      result.list[next[plays.by_viewer[viewer][at].title]++] = {.viewer = viewer, .position = at};
  return result;
}

SparseRows count_within(const Plays& plays, const Occurrences& occurrences, Window window) {
  SparseRows rows;
  SparseSums sums(plays.titles.size());
  for (TitleIndex title = 0; title < plays.titles.size(); ++title) {
    for (std::size_t at = occurrences.starts[title]; at < occurrences.starts[title + 1]; ++at) {
      const auto [viewer, position] = occurrences.list[at];
      const std::vector<Play>& own = plays.by_viewer[viewer];
      const auto add = [&](std::size_t other, float weight) {
        if (own[other].title != title) sums.add(own[other].title, weight);
      };
      float weight = 1;
      for (std::size_t step = 1; step <= window.steps; ++step, weight *= window.decay) {
        if (position + step < own.size()) add(position + step, weight);
        if (window.both_directions && step <= position) add(position - step, weight);
      }
    }
    rows.append(sums, widest_row);
    sums.clear();
  }
  return rows;
}

}  // namespace

TransitionCounts TransitionCounts::count(const Plays& plays) {
  const Occurrences occurrences = occurrences_in(plays);
  return {.following = count_within(plays, occurrences, {.steps = 1}),
          .forward = count_within(plays, occurrences, {.steps = 10, .decay = 0.8F}),
          .together = count_within(plays, occurrences,
                                   {.steps = 20, .decay = 0.9F, .both_directions = true})};
}

SparseSums followers(const SparseRows& counts, std::span<const TitleIndex> history,
                     Lookback lookback) {
  SparseSums sums(counts.size());
  const std::size_t used = std::min(history.size(), lookback.titles);
  float all_weights = 0;
  float weight = 1;
  for (std::size_t back = 0; back < used; ++back, weight *= lookback.decay) all_weights += weight;
  weight = 1;
  for (std::size_t back = 0; back < used; ++back, weight *= lookback.decay) {
    const TitleIndex title = history[history.size() - 1 - back];
    const float scale = weight / all_weights / (row_shrinkage + counts.totals[title]);
    for (const SparseEntry& entry : counts.row(title)) sums.add(entry.column, scale * entry.value);
  }
  return sums;
}

}  // namespace rung::recommend
