#include "recommend/session_neighbours.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/limits.h"

namespace rung::recommend {
namespace {

constexpr std::size_t latest_titles = 50;
constexpr float decay = 0.95F;
constexpr std::size_t latest_occurrences = 1000;
constexpr std::size_t nearest = 100;
constexpr std::size_t reach = 200;
constexpr float step_decay = 0.95F;
constexpr float shrinkage = 0.3F;

struct Neighbour {
  std::uint32_t session = 0;
  float nearness = 0;
};

/// The sessions that are nearest, in their order, and where in each of them the latest title of the
/// history lies (by session).
std::vector<Neighbour> neighbours_of(const Sessions& sessions, std::span<const TitleIndex> history,
                                     std::vector<std::uint32_t>& anchors) {
  SparseSums common(sessions.size());
  const std::size_t used = std::min(history.size(), latest_titles);
  float weight = 1;
  for (std::size_t back = 0; back < used; ++back, weight *= decay) {
    const TitleIndex title = history[history.size() - 1 - back];
    const auto all =
        std::span(sessions.occurrences)
            .subspan(sessions.listed[title], sessions.listed[title + 1] - sessions.listed[title]);
    const float rarity =
        std::log(1 + static_cast<float>(sessions.size()) / (1 + static_cast<float>(all.size())));
    for (const auto& [session, place] : all.last(std::min(all.size(), latest_occurrences))) {
      if (common.at(session) == 0) anchors[session] = place;
      common.add(session, weight * rarity);
    }
  }
  std::vector<Neighbour> found;
  found.reserve(common.touched().size());
  for (const std::uint32_t session : common.touched()) {
    found.push_back({session, common.at(session) * sessions.norms[session]});
  }
  if (found.size() > nearest) {
    std::ranges::nth_element(found, found.begin() + static_cast<std::ptrdiff_t>(nearest),
                             [](const Neighbour& left, const Neighbour& right) {
                               return left.nearness != right.nearness
                                          ? left.nearness > right.nearness
                                          : left.session < right.session;
                             });
    found.resize(nearest);
  }
  std::ranges::sort(found, {}, &Neighbour::session);
  return found;
}

}  // namespace

Sessions Sessions::of(const Plays& plays) {
  std::vector<std::uint32_t> viewers;
  for (std::uint32_t viewer = 0; viewer < plays.by_viewer.size(); ++viewer)
    if (!plays.by_viewer[viewer].empty()) viewers.push_back(viewer);
  std::ranges::stable_sort(
      viewers, {}, [&plays](std::uint32_t viewer) { return plays.by_viewer[viewer].back().time; });
  Sessions sessions;
  for (const std::uint32_t viewer : std::span(viewers).last(std::min(viewers.size(), most))) {
    const std::span<const Play> own(plays.by_viewer[viewer]);
    for (const Play& play : own.last(std::min(own.size(), limits::regressed_plays)))
      sessions.titles.push_back(play.title);
    sessions.starts.push_back(static_cast<std::uint32_t>(sessions.titles.size()));
  }
  sessions.list_titles(plays.titles.size());
  return sessions;
}

bool Sessions::consistent(std::size_t count) const {
  return !starts.empty() && starts.front() == 0 && starts.back() == titles.size() &&
         std::ranges::is_sorted(starts) &&
         std::ranges::all_of(titles, [count](TitleIndex title) { return title < count; });
}

void Sessions::list_titles(std::size_t count) {
  listed.assign(count + 1, 0);
  for (const TitleIndex title : titles) ++listed[title + 1];
  std::partial_sum(listed.begin(), listed.end(), listed.begin());
  std::vector<std::uint32_t> next(listed.begin(), listed.end() - 1);
  occurrences.resize(titles.size());
  norms.resize(size());
  for (std::uint32_t session = 0; session < size(); ++session) {
    norms[session] =
        1 / std::sqrt(std::sqrt(static_cast<float>(starts[session + 1] - starts[session])));
    for (std::uint32_t place = starts[session]; place < starts[session + 1]; ++place)
      occurrences[next[titles[place]]++] = {.session = session, .place = place};
  }
}

SparseSums neighbour_shares(const Sessions& sessions, std::span<const TitleIndex> history) {
  const std::size_t titles = sessions.listed.size() - 1;
  std::vector<std::uint32_t> anchors(sessions.size());
  SparseSums votes(titles);
  for (const auto& [session, nearness] : neighbours_of(sessions, history, anchors)) {
    const std::size_t anchor = anchors[session];
    const std::size_t end = std::min<std::size_t>(sessions.starts[session + 1], anchor + 1 + reach);
    float weight = nearness;
    for (std::size_t place = anchor + 1; place < end; ++place)
      votes.add(sessions.titles[place], weight *= step_decay);
    const std::size_t begin = sessions.starts[session];
    const std::size_t first = anchor > begin + reach ? anchor - reach : begin;
    weight = nearness;
    for (std::size_t place = anchor; place > first; --place)
      votes.add(sessions.titles[place - 1], weight *= step_decay);
  }
  // Votes for what was seen do not count.
  std::vector<std::uint8_t> seen(titles);
  for (const TitleIndex title : history) seen[title] = 1;
  float all = 0;
  for (const std::uint32_t title : votes.touched()) all += seen[title] != 0 ? 0 : votes.at(title);
  SparseSums shares(titles);
  if (all <= 0) return shares;
  const float scale = 1 / (all * (1 + shrinkage));
  for (const std::uint32_t title : votes.touched())
    if (seen[title] == 0) shares.add(title, votes.at(title) * scale);
  return shares;
}

}  // namespace rung::recommend
