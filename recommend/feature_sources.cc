#include "recommend/feature_sources.h"

#include <algorithm>
#include <vector>

#include "core/check.h"
#include "recommend/ease.h"
#include "recommend/vector_math.h"

namespace rung::recommend {
namespace {

/// log(1 + mass / share) is the feature: a distribution is worth as much as popularity where a
/// title's mass is its share in all plays, and a weight of one mixes the two.
void write_ratios(std::span<float> column, const SparseSums& masses,
                  std::span<const float> shares) {
  // First all ratios, then all logarithms: those are taken several at once.
  const std::span<const std::uint32_t> touched = masses.touched();
  std::vector<float> ratios(touched.size());
  for (std::size_t at = 0; at < ratios.size(); ++at)
    ratios[at] = 1 + masses.at(touched[at]) / shares[touched[at]];
  take_logarithms(ratios);
  for (std::size_t at = 0; at < ratios.size(); ++at) column[touched[at]] = ratios[at];
}

}  // namespace

FeatureSources FeatureSources::train(const Plays& plays, std::uint64_t seed) {
  return {.popularity = Popularity::count(plays),
          .transitions = TransitionCounts::count(plays),
          .ease = ease_weights(plays),
          .ials = ials_factors(plays, seed),
          .sessions = Sessions::of(plays),
          .moments = MomentCounts::count(plays)};
}

FeatureTable FeatureSources::features(std::span<const TitleIndex> history, const Moment& moment,
                                      const FeatureMask& wanted) const {
  FeatureTable table(titles());
  for (std::size_t title = 0; title < titles(); ++title)
    if (popularity.counts()[title] == 0) table.exclude(title);
  for (const TitleIndex title : history) {
    RUNG_CHECK(title < titles());
    table.exclude(title);
  }
  const auto column_of = [&](Feature feature) {
    return wanted[static_cast<std::size_t>(feature)] ? table.column(feature) : std::span<float>();
  };
  if (const auto column = column_of(Feature::popularity); !column.empty())
    std::ranges::copy(popularity.lifts(), column.begin());
  if (const auto column = column_of(Feature::recent_popularity); !column.empty())
    std::ranges::copy(popularity.recent_lifts(), column.begin());
  if (const auto column = column_of(Feature::following); !column.empty())
    write_ratios(column, followers(transitions.following, history, {}), popularity.shares());
  if (const auto column = column_of(Feature::forward); !column.empty())
    write_ratios(column, followers(transitions.forward, history, {.titles = 10, .decay = 0.8F}),
                 popularity.shares());
  if (const auto column = column_of(Feature::together); !column.empty())
    write_ratios(column, followers(transitions.together, history, {.titles = 20, .decay = 0.9F}),
                 popularity.shares());
  if (const auto column = column_of(Feature::ease); !column.empty())
    write_ratios(column, ease_shares(ease, history), popularity.shares());
  if (const auto column = column_of(Feature::neighbours); !column.empty())
    write_ratios(column, neighbour_shares(sessions, history), popularity.shares());
  if (const auto column = column_of(Feature::ials); !column.empty()) {
    const std::vector<float> shares = ials_shares(ials, history);
    for (std::size_t title = 0; title < titles(); ++title)
      column[title] = 1 + shares[title] / popularity.shares()[title];
    take_logarithms(column);
  }
  if (const auto column = column_of(Feature::hour); !column.empty())
    moments.write_hour_lifts(moment.hour, column);
  if (const auto column = column_of(Feature::device); !column.empty())
    moments.write_device_lifts(moment.device, column);
  return table;
}

}  // namespace rung::recommend
