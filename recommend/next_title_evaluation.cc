#include "recommend/next_title_evaluation.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>

namespace rung::recommend {
namespace {

constexpr std::size_t top = 10;
constexpr std::size_t calibration_bins = 15;

struct Method {
  std::string name;
  ChoiceModel model;
};

/// A probability that was given to one of the first ten, and whether it came.
struct Forecast {
  double probability = 0;
  bool came = false;
};

/// |mean probability - share that came| over bins of equal size, weighted by size (expected
/// calibration error; Naeini et al., AAAI 2015, with equal counts).
double calibration_error(std::vector<Forecast> forecasts) {
  std::ranges::stable_sort(forecasts, {}, &Forecast::probability);
  double error = 0;
  for (std::size_t bin = 0; bin < calibration_bins; ++bin) {
    double difference = 0;
    const std::size_t end = forecasts.size() * (bin + 1) / calibration_bins;
    for (std::size_t at = forecasts.size() * bin / calibration_bins; at < end; ++at)
      difference += forecasts[at].probability - (forecasts[at].came ? 1 : 0);
    error += std::abs(difference);
  }
  return forecasts.empty() ? 0 : error / static_cast<double>(forecasts.size());
}

class Score {
 public:
  void add(const ChoiceProbabilities& said, const std::optional<std::size_t>& chosen) {
    const double p = chosen ? static_cast<double>(said.titles[*chosen]) : said.other;
    log_loss_ -= std::log(std::max(p, 1e-12));
    double squares = said.other * said.other;
    for (const float value : said.titles)
      squares += static_cast<double>(value) * static_cast<double>(value);
    brier_ += squares - 2 * p + 1;
    std::vector<std::uint32_t> order(said.titles.size());
    for (std::uint32_t title = 0; title < order.size(); ++title) order[title] = title;
    const std::size_t shown = std::min(top, order.size());
    std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(shown),
                              [&said](std::uint32_t left, std::uint32_t right) {
                                return said.titles[left] != said.titles[right]
                                           ? said.titles[left] > said.titles[right]
                                           : left < right;
                              });
    double gain = 0;
    for (std::size_t rank = 0; rank < shown; ++rank) {
      const bool came = chosen == order[rank];
      forecasts_.push_back(
          {.probability = static_cast<double>(said.titles[order[rank]]), .came = came});
      if (!came) continue;
      gain = 1 / std::log2(static_cast<double>(rank) + 2);
      hits_ += 1;
    }
    gains_.push_back(gain);
  }

  [[nodiscard]] MethodScores scores(std::string name) const {
    const auto count = static_cast<double>(gains_.size());
    double mean = 0;
    for (const double gain : gains_) mean += gain / count;
    double variance = 0;
    for (const double gain : gains_) variance += (gain - mean) * (gain - mean) / count;
    return {.method = std::move(name),
            .ndcg_at_10 = mean,
            .ndcg_error = std::sqrt(variance / count),
            .hit_rate_at_10 = hits_ / count,
            .log_loss = log_loss_ / count,
            .brier = brier_ / count,
            .ece_at_10 = calibration_error(forecasts_)};
  }

 private:
  std::vector<double> gains_;
  std::vector<Forecast> forecasts_;
  double hits_ = 0;
  double log_loss_ = 0;
  double brier_ = 0;
};

}  // namespace

Expected<Evaluation> evaluate_next_title(const Plays& plays, const TrainingOptions& options) {
  const Plays known = without_last(plays, 1);
  const FeatureSources sources = FeatureSources::train(known, options.seed);
  const ChoiceFit fit = held_out_choices(known, options);
  const auto with_popularity = [&](std::string name, Feature feature) {
    return Method{.name = std::move(name),
                  .model = fit.fit(mask_of({Feature::popularity, feature}))};
  };
  const ChoiceModel lasting = fit.fit(lasting_features());
  std::vector<Method> methods = {
      {.name = "rung", .model = fit.extend(lasting, moment_features())},
      {.name = "popularity", .model = fit.fit(cold_features())},
      with_popularity("markov-1", Feature::following),
      with_popularity("transitions", Feature::forward),
      with_popularity("co-occurrence", Feature::together),
      with_popularity("ease", Feature::ease),
      with_popularity("ials", Feature::ials),
      with_popularity("neighbours", Feature::neighbours),
  };
  if (sources.moments.known()) methods.insert(methods.begin() + 1, {"any-moment", lasting});
  std::vector<Score> scores(methods.size());
  Evaluation result{.titles = plays.titles.size(), .plays = known.size()};
  for (std::size_t viewer = 0; viewer < plays.by_viewer.size(); ++viewer) {
    const std::vector<Play>& own = plays.by_viewer[viewer];
    if (own.size() < 2) continue;
    const FeatureTable table =
        sources.features(titles_of(known.by_viewer[viewer]), own.back().moment);
    const std::optional<std::size_t> chosen = choice_of(table, own.back().title);
    ++result.viewers;
    if (!chosen) ++result.other;
    for (std::size_t method = 0; method < methods.size(); ++method)
      scores[method].add(methods[method].model.probabilities(table), chosen);
  }
  if (result.viewers == 0)
    return failure(ErrorCode::malformed,
                   "no viewer has two plays or more, so none can be kept away and foreseen");
  for (std::size_t method = 0; method < methods.size(); ++method)
    result.methods.push_back(scores[method].scores(methods[method].name));
  return result;
}

}  // namespace rung::recommend
