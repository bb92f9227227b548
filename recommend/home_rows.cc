#include "recommend/home_rows.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <utility>

namespace rung::recommend {
namespace {

std::vector<PlacedTitle> fixed(std::span<const std::size_t> titles) {
  std::vector<PlacedTitle> row;
  for (const std::size_t title : titles.first(std::min(titles.size(), home_row_titles)))
    row.push_back({.title = title, .propensity = 1, .usual = title});
  return row;
}

std::vector<std::size_t> newest(const Catalogue& catalogue) {
  std::vector<std::size_t> titles = catalogue.by_popularity();
  const auto added = [&](std::size_t title) { return catalogue.titles()[title].added; };
  const auto end =
      titles.begin() + static_cast<std::ptrdiff_t>(std::min(titles.size(), home_row_titles));
  std::partial_sort(titles.begin(), end, titles.end(),
                    [&](std::size_t a, std::size_t b) { return added(a) > added(b); });
  titles.erase(end, titles.end());
  std::erase_if(titles, [&](std::size_t title) { return added(title) <= 0; });
  return titles;
}

}  // namespace

std::vector<HomeRow> home_rows(const Catalogue& catalogue, const HomeFacts& facts, Random* chance) {
  std::vector<HomeRow> rows;
  const auto add = [&](std::string_view id, std::string heading, std::vector<PlacedTitle> titles) {
    if (!titles.empty()) rows.push_back({id, std::move(heading), std::move(titles)});
  };
  add("continue", "Continue watching", fixed(facts.begun));
  add("saved", "My list", fixed(facts.saved));
  if (facts.watched)
    add("because", "Because you watched " + catalogue.titles()[*facts.watched].name,
        chance != nullptr ? explored_row(facts.likely, home_row_titles, *chance)
                          : usual_row(facts.likely, home_row_titles));
  add("new", "New", fixed(newest(catalogue)));
  add("popular", "Popular", fixed(catalogue.by_popularity()));
  return rows;
}

}  // namespace rung::recommend
