#include "recommend/recommender.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "core/check.h"
#include "core/random.h"

namespace rung::recommend {
namespace {

struct HeldOutPlay {
  std::size_t viewer = 0;
  std::size_t position = 0;
};

/// The plays of `plays` that `kept` lacks; where there are more than `most`, as many drawn evenly.
std::vector<HeldOutPlay> missing_in(const Plays& kept, const Plays& plays, std::size_t most,
                                    std::uint64_t seed) {
  std::vector<HeldOutPlay> result;
  for (std::size_t viewer = 0; viewer < plays.by_viewer.size(); ++viewer)
    for (std::size_t at = kept.by_viewer[viewer].size(); at < plays.by_viewer[viewer].size(); ++at)
      result.push_back({.viewer = viewer, .position = at});
  if (result.size() <= most) return result;
  Random random(seed);
  for (std::size_t at = 0; at < most; ++at)
    std::swap(result[at], result[at + random.below(result.size() - at)]);
  result.resize(most);
  return result;
}

/// Four sums side by side, so that no addition waits for the one before.
double mean_of(std::span<const float> values) {
  std::array<double, 4> sums{};
  std::size_t at = 0;
  for (; at + sums.size() <= values.size(); at += sums.size())
    for (std::size_t lane = 0; lane < sums.size(); ++lane)
      sums[lane] += static_cast<double>(values[at + lane]);
  for (; at < values.size(); ++at) sums[0] += static_cast<double>(values[at]);
  return (sums[0] + sums[1] + sums[2] + sums[3]) / static_cast<double>(values.size());
}

/// What of a title's utility comes from where, over what the average title has.
std::array<double, feature_count> contributions_to(TitleIndex title, const ChoiceModel& model,
                                                   const FeatureTable& table,
                                                   std::span<const double> means) {
  std::array<double, feature_count> result{};
  for (std::size_t feature = 0; feature < feature_count; ++feature) {
    const auto value = static_cast<double>(table.column(static_cast<Feature>(feature))[title]);
    result[feature] = model.weights[feature] * (value - means[feature]);
  }
  return result;
}

/// Of the features that are `weighed`, over all titles.
std::array<double, feature_count> means_of(const FeatureTable& table, const FeatureMask& weighed) {
  std::array<double, feature_count> means{};
  for (std::size_t feature = 0; feature < feature_count; ++feature)
    if (weighed[feature]) means[feature] = mean_of(table.column(static_cast<Feature>(feature)));
  return means;
}

}  // namespace

FeatureMask cold_features() { return mask_of({Feature::popularity, Feature::recent_popularity}); }

std::optional<std::size_t> choice_of(const FeatureTable& table, TitleIndex title) {
  if (table.excluded(title)) return std::nullopt;
  return title;
}

ChoiceFit held_out_choices(const Plays& plays, const TrainingOptions& options) {
  const Plays kept = without_last(plays, options.held_out_plays);
  const FeatureSources sources = FeatureSources::train(kept, options.seed);
  ChoiceFit fit(options.seed);
  for (const auto& [viewer, position] :
       missing_in(kept, plays, options.fitted_choices, options.seed)) {
    const std::vector<Play>& own = plays.by_viewer[viewer];
    const FeatureTable table =
        sources.features(titles_of(std::span(own).first(position)), own[position].moment);
    fit.add(table, choice_of(table, own[position].title));
  }
  return fit;
}

Recommender Recommender::train(const Plays& plays, const TrainingOptions& options) {
  RUNG_CHECK(plays.size() > 0);
  const ChoiceFit fit = held_out_choices(plays, options);
  return of(plays.titles, FeatureSources::train(plays, options.seed), fit,
            WatchTimes::fit(plays.stays, plays.titles.size()));
}

Recommender Recommender::of(std::vector<std::string> titles, FeatureSources sources,
                            const ChoiceFit& fit, WatchTimes watch_times) {
  return of(std::move(titles), std::move(sources),
            fit.extend(fit.fit(lasting_features()), moment_features()),
            fit.extend(fit.fit(cold_features()), moment_features()), std::move(watch_times));
}

Recommender Recommender::of(std::vector<std::string> titles, FeatureSources sources,
                            ChoiceModel warm, ChoiceModel cold, WatchTimes watch_times) {
  RUNG_CHECK(titles.size() == sources.titles());
  Recommender result;
  result.titles_ = std::move(titles);
  result.sources_ = std::move(sources);
  result.warm_ = warm;
  result.cold_ = cold;
  result.watch_times_ = std::move(watch_times);
  return result;
}

NextTitles Recommender::next(std::span<const TitleIndex> history, std::size_t count,
                             const Context& context) const {
  const ChoiceModel& model = history.empty() ? cold_ : warm_;
  const FeatureMask weighed = model.weighed();
  const FeatureTable table = sources_.features(history, context.moment, weighed);
  const ChoiceProbabilities chosen = model.probabilities(table);
  std::vector<TitleIndex> order;
  order.reserve(titles_.size());
  for (TitleIndex title = 0; title < titles_.size(); ++title)
    if (!table.excluded(title)) order.push_back(title);
  const std::size_t shown = std::min(count, order.size());
  std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(shown),
                            [&chosen](TitleIndex left, TitleIndex right) {
                              return chosen.titles[left] != chosen.titles[right]
                                         ? chosen.titles[left] > chosen.titles[right]
                                         : left < right;
                            });
  const std::array<double, feature_count> means = means_of(table, weighed);
  NextTitles result{.other = chosen.other};
  if (!history.empty() && context.position)
    result.leaves_within = leaves_within(history.back(), *context.position, context.within);
  double sum = chosen.other;
  for (std::size_t at = 0; at < shown; ++at) {
    Candidate candidate{.title = order[at],
                        .probability = static_cast<double>(chosen.titles[order[at]])};
    const auto contributions = contributions_to(candidate.title, model, table, means);
    const auto strongest = std::ranges::max_element(contributions);
    candidate.reason = static_cast<Feature>(strongest - contributions.begin());
    candidate.contribution = *strongest;
    candidate.leaves_within = leaves_within(candidate.title, Duration{}, context.within);
    sum += candidate.probability;
    result.candidates.push_back(candidate);
  }
  result.rest = std::max(0.0, 1 - sum);
  return result;
}

std::optional<double> Recommender::leaves_within(TitleIndex title, Duration position,
                                                 Duration within) const {
  if (!watch_times_.known()) return std::nullopt;
  return watch_times_.leave_within(title, position, within);
}

std::optional<Explanation> Recommender::explain(std::span<const TitleIndex> history,
                                                TitleIndex title, const Moment& moment) const {
  RUNG_CHECK(title < titles_.size());
  const ChoiceModel& model = history.empty() ? cold_ : warm_;
  const FeatureMask weighed = model.weighed();
  const FeatureTable table = sources_.features(history, moment, weighed);
  if (table.excluded(title)) return std::nullopt;
  return Explanation{
      .probability = static_cast<double>(model.probabilities(table).titles[title]),
      .contributions = contributions_to(title, model, table, means_of(table, weighed))};
}

std::optional<TitleIndex> Recommender::find(std::string_view title) const {
  const auto place = std::ranges::find(titles_, title);
  if (place == titles_.end()) return std::nullopt;
  return static_cast<TitleIndex>(place - titles_.begin());
}

Moment Recommender::moment_of(std::optional<int> hour, std::string_view device) const {
  Moment moment{.device = sources_.moments.find_device(device)};
  if (hour) moment.hour = static_cast<std::uint8_t>(*hour);
  return moment;
}

}  // namespace rung::recommend
