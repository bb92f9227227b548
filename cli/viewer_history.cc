#include "cli/viewer_history.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "player/wall_clock.h"

namespace rung::cli {
namespace {

using event_log::EventKind;
using event_log::no_longer;
using event_log::passed_over;

// Signs of so long ago count no more, in milliseconds.
constexpr std::int64_t minute = 60'000;
constexpr std::int64_t day = 24 * 60 * minute;
constexpr std::int64_t skips_count_for = 30 * day;
constexpr std::int64_t looks_count_for = 60 * minute;
constexpr std::int64_t searches_count_for = day;
constexpr std::size_t most_searches = 3;

}  // namespace

std::int64_t now_ms() { return player::since_1970() / std::chrono::milliseconds(1); }

recommend::ViewerSigns signs_of(const recommend::Catalogue& catalogue,
                                const std::vector<event_log::Event>& events, std::int64_t now) {
  recommend::ViewerSigns signs;
  const auto first = [](std::vector<std::size_t>& titles, std::size_t title) {
    std::erase(titles, title);
    titles.insert(titles.begin(), title);
  };
  for (const event_log::Event& event : events) {
    // What a clock that went back since has as the future has just happened.
    const std::int64_t age = std::max(now - event.time, std::int64_t{0});
    if (event.kind == EventKind::search && age <= searches_count_for)
      signs.sought.insert(signs.sought.begin(), event.reason);
    const auto title = catalogue.find(event.title);
    if (!title) continue;
    if (event.kind == EventKind::like) {
      first(signs.liked, *title);
      std::erase(signs.skipped, *title);
      std::erase(signs.unwanted, *title);
    }
    if (event.kind == EventKind::save && event.reason != no_longer) first(signs.saved, *title);
    if (event.kind == EventKind::play ||
        (event.kind == EventKind::save && event.reason == no_longer))
      std::erase(signs.saved, *title);
    if (event.kind == EventKind::focus && age <= looks_count_for)
      signs.looked_at.insert(signs.looked_at.begin(), *title);
    if (event.kind == EventKind::skip) {
      const bool lately = age <= skips_count_for;
      if (lately) signs.skipped.insert(signs.skipped.begin(), *title);
      if (event.reason == passed_over) continue;
      std::erase(signs.liked, *title);
      if (lately) first(signs.unwanted, *title);
    }
  }
  signs.sought.resize(std::min(signs.sought.size(), most_searches));
  return signs;
}

ViewerHistory history_of(const recommend::Catalogue& catalogue,
                         const std::vector<event_log::Event>& events) {
  ViewerHistory history;
  history.signs = signs_of(catalogue, events, now_ms());
  std::optional<std::size_t> expected;  ///< What follows in the series whose title ended.
  for (const event_log::Event& event : events) {
    if (event.kind == EventKind::exit) {
      const auto ended = catalogue.find(event.title);
      if (ended && (event.reason == "ended" || event.reason == "next"))
        expected = catalogue.next_in_series(*ended);
    }
    if (event.kind != EventKind::play) continue;
    const auto title = catalogue.find(event.title);
    if (expected) ++(title == expected ? history.habit.went_on : history.habit.went_elsewhere);
    expected.reset();
    if (title && (history.played.empty() || history.played.back() != *title))
      history.played.push_back(*title);
  }
  return history;
}

}  // namespace rung::cli
