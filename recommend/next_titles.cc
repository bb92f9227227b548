#include "recommend/next_titles.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <optional>
#include <unordered_set>

#include "core/limits.h"

namespace rung::recommend {
namespace {

constexpr double counted_before = 10;
constexpr double went_on_before = 9;
/// Nothing that people do is more certain.
constexpr double most_certain = 0.98;
/// A model may know titles that the catalogue does not have.
constexpr std::size_t asked_beyond = 256;

double goes_on(const SeriesHabit& habit) {
  const auto went_on = static_cast<double>(habit.went_on);
  const auto all = went_on + static_cast<double>(habit.went_elsewhere);
  return std::min((went_on_before + went_on) / (counted_before + all), most_certain);
}

std::vector<LikelyTitle> by_model(const Catalogue& catalogue, const Recommender& model,
                                  std::span<const std::size_t> history, std::size_t count,
                                  const ViewingMoment& moment) {
  std::vector<TitleIndex> known;
  const std::size_t from = history.size() - std::min(history.size(), limits::history_titles);
  for (const std::size_t title : history.subspan(from))
    if (const auto found = model.find(catalogue.titles()[title].id)) known.push_back(*found);
  std::vector<LikelyTitle> likely;
  const Context context{.moment = model.moment_of(moment.hour, moment.device)};
  for (const Candidate& candidate : model.next(known, count + asked_beyond, context).candidates)
    if (const auto found = catalogue.find(model.titles()[candidate.title]))
      likely.push_back({*found, candidate.probability, NextReason::model});
  return likely;
}

std::vector<LikelyTitle> by_plays(const Catalogue& catalogue,
                                  const std::unordered_set<std::size_t>& seen, std::size_t count) {
  // One play more for each, so that new titles have a chance.
  double all = 0;
  for (std::size_t title = 0; title < catalogue.titles().size(); ++title)
    if (!seen.contains(title)) all += static_cast<double>(catalogue.titles()[title].plays) + 1;
  std::vector<LikelyTitle> likely;
  for (const std::size_t title : catalogue.by_popularity()) {
    if (likely.size() >= count) break;
    if (!seen.contains(title))
      likely.push_back({title, (static_cast<double>(catalogue.titles()[title].plays) + 1) / all,
                        NextReason::popularity});
  }
  return likely;
}

/// Moves the odds of the titles by what is known of them. `likely` has all titles of the catalogue
/// of which the model or their plays say something, so that no odds depend on how many are wanted.
void move_odds(std::vector<LikelyTitle>& likely, const Catalogue& catalogue, const SignLifts& lifts,
               const std::unordered_set<std::size_t>& seen) {
  double rest = 1;
  std::unordered_set<std::size_t> listed = seen;
  for (const LikelyTitle& one : likely) {
    rest -= one.probability;
    listed.insert(one.title);
  }
  rest = std::max(rest, 0.0);
  // What is moved and not among them is as probable as the others that are not.
  const std::size_t titles = catalogue.titles().size();
  const double each =
      titles > listed.size() ? rest / static_cast<double>(titles - listed.size()) : 0;
  for (std::size_t title = 0; title < titles; ++title) {
    if (listed.contains(title) || lifts.of(title) == 0) continue;
    likely.push_back({title, each, NextReason::popularity});
    rest -= each;
  }
  double sum = std::max(rest, 0.0);
  for (LikelyTitle& one : likely) {
    one.lift = lifts.of(one.title);
    one.probability *= std::exp(one.lift);
    sum += one.probability;
  }
  if (sum <= 0) return;
  for (LikelyTitle& one : likely) one.probability /= sum;
}

}  // namespace

std::string_view to_string(NextReason reason) {
  constexpr std::array<std::string_view, 3> names{"next-in-series", "model", "popularity"};
  return names[static_cast<std::size_t>(reason)];
}

std::vector<LikelyTitle> next_titles(const Catalogue& catalogue, const Recommender* model,
                                     std::span<const std::size_t> history, const SeriesHabit& habit,
                                     std::size_t count, const ViewerSigns& signs,
                                     const ViewingMoment& moment) {
  const std::unordered_set<std::size_t> seen(history.begin(), history.end());
  const auto follower = history.empty() ? std::nullopt : catalogue.next_in_series(history.back());
  const double left = follower ? 1 - goes_on(habit) : 1;
  const SignLifts lifts(catalogue, signs);
  const std::size_t all =
      std::max(catalogue.titles().size(), model != nullptr ? model->titles().size() : 0);
  const std::size_t asked = lifts.none() ? count + 1 : all;
  std::vector<LikelyTitle> likely;
  if (model != nullptr) likely = by_model(catalogue, *model, history, asked, moment);
  if (likely.empty()) likely = by_plays(catalogue, seen, asked);
  std::erase_if(likely, [&](const LikelyTitle& one) {
    return seen.contains(one.title) || one.title == follower;
  });
  for (LikelyTitle& one : likely) one.probability *= left;
  if (follower) likely.push_back({*follower, 1 - left, NextReason::next_in_series});
  if (!lifts.none()) move_odds(likely, catalogue, lifts, seen);
  std::ranges::stable_sort(likely, std::greater<>(), &LikelyTitle::probability);
  likely.resize(std::min(likely.size(), count));
  return likely;
}

}  // namespace rung::recommend
