#include "recommend/viewer_signs.h"

#include <algorithm>

namespace rung::recommend {
namespace {

// In logarithms of odds. There is no log yet that they could be fitted on: they are set so that two
// signs move a title that was as probable as ten others before all of these.
constexpr double saved_lift = 1.4;
constexpr double sought_lift = 1.4;
constexpr double look_lift = 0.2;
constexpr int most_looks = 3;
constexpr double skip_lift = -1.4;
constexpr int most_skips = 2;
constexpr double liked_series_lift = 0.5;
/// For each genre and person that a title has in common with one that is liked.
constexpr double liked_trait_lift = 0.25;
constexpr int most_liked_traits = 3;

/// How often each title is in the list, at most `most` times.
std::map<std::size_t, int> counted(const std::vector<std::size_t>& titles, int most) {
  std::map<std::size_t, int> counts;
  for (const std::size_t title : titles) counts[title] = std::min(counts[title] + 1, most);
  return counts;
}

}  // namespace

SignLifts::SignLifts(const Catalogue& catalogue, const ViewerSigns& signs)
    : catalogue_(catalogue), likes_(!signs.liked.empty()) {
  for (const auto& [title, count] : counted(signs.saved, 1)) meant_[title] += saved_lift;
  for (const auto& [title, count] : counted(signs.looked_at, most_looks))
    meant_[title] += look_lift * count;
  for (const auto& [title, count] : counted(signs.skipped, most_skips))
    meant_[title] += skip_lift * count;
  for (const std::string& text : signs.sought)
    if (TitleSearch search(text); !search.empty()) searches_.push_back(std::move(search));
  for (const std::size_t title : signs.liked) {
    const CatalogueTitle& liked = catalogue.titles()[title];
    if (!liked.series.empty()) series_.insert(liked.series);
    genres_.insert(liked.genres.begin(), liked.genres.end());
    people_.insert(liked.people.begin(), liked.people.end());
  }
}

double SignLifts::of(std::size_t title) const {
  const CatalogueTitle& one = catalogue_.titles()[title];
  double lift = 0;
  if (const auto found = meant_.find(title); found != meant_.end()) lift += found->second;
  if (std::ranges::any_of(searches_,
                          [&](const TitleSearch& search) { return search.fit(one) > 0; }))
    lift += sought_lift;
  if (!likes_) return lift;
  if (series_.contains(one.series)) lift += liked_series_lift;
  const auto in_common = [](const auto& names, const std::set<std::string_view>& liked) {
    return static_cast<int>(
        std::ranges::count_if(names, [&](std::string_view name) { return liked.contains(name); }));
  };
  const int traits = in_common(one.genres, genres_) + in_common(one.people, people_);
  return lift + liked_trait_lift * std::min(traits, most_liked_traits);
}

}  // namespace rung::recommend
