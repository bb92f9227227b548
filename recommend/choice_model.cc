#include "recommend/choice_model.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "core/check.h"
#include "core/random.h"
#include "recommend/vector_math.h"

namespace rung::recommend {
namespace {

constexpr std::size_t first_ranked = 1024;
constexpr std::size_t sampled_rest = 1024;
constexpr int most_iterations = 30;
/// The pull of every weight to its start, in situations: weak, but it decides where data do not.
constexpr double ridge = 0.5;

constexpr std::size_t parameters = feature_count + 1;  // The last one is the constant of "other".
using Vector = std::array<double, parameters>;
using Matrix = std::array<Vector, parameters>;

/// Solves the symmetric positive definite system over the parameters that are free (Cholesky).
Vector solve(Matrix matrix, Vector right, const std::array<bool, parameters>& free) {
  for (std::size_t row = 0; row < parameters; ++row) {
    if (free[row]) continue;
    for (std::size_t other = 0; other < parameters; ++other)
      matrix[row][other] = matrix[other][row] = 0;
    matrix[row][row] = 1;
    right[row] = 0;
  }
  for (std::size_t column = 0; column < parameters; ++column) {
    for (std::size_t before = 0; before < column; ++before)
      matrix[column][column] -= matrix[column][before] * matrix[column][before];
    matrix[column][column] = std::sqrt(std::max(matrix[column][column], 1e-12));
    for (std::size_t row = column + 1; row < parameters; ++row) {
      for (std::size_t before = 0; before < column; ++before)
        matrix[row][column] -= matrix[row][before] * matrix[column][before];
      matrix[row][column] /= matrix[column][column];
    }
  }
  for (std::size_t row = 0; row < parameters; ++row) {
    for (std::size_t before = 0; before < row; ++before)
      right[row] -= matrix[row][before] * right[before];
    right[row] /= matrix[row][row];
  }
  for (std::size_t row = parameters; row-- > 0;) {
    for (std::size_t after = row + 1; after < parameters; ++after)
      right[row] -= matrix[after][row] * right[after];
    right[row] /= matrix[row][row];
  }
  return right;
}

ChoiceModel model_of(const Vector& values) {
  ChoiceModel model;
  std::copy_n(values.begin(), feature_count, model.weights.begin());
  model.other = values[feature_count];
  return model;
}

}  // namespace

std::string_view to_string(Feature feature) {
  switch (feature) {
    case Feature::popularity:
      return "popularity";
    case Feature::recent_popularity:
      return "recent-popularity";
    case Feature::following:
      return "following";
    case Feature::forward:
      return "forward";
    case Feature::together:
      return "together";
    case Feature::ease:
      return "ease";
    case Feature::ials:
      return "ials";
    case Feature::neighbours:
      return "neighbours";
    case Feature::hour:
      return "hour";
    case Feature::device:
      return "device";
  }
  return "";
}

FeatureMask mask_of(std::initializer_list<Feature> features) {
  FeatureMask mask{};
  for (const Feature feature : features) mask[static_cast<std::size_t>(feature)] = true;
  return mask;
}

FeatureMask lasting_features() {
  FeatureMask mask = moment_features();
  for (bool& feature : mask) feature = !feature;
  return mask;
}

FeatureMask moment_features() { return mask_of({Feature::hour, Feature::device}); }

FeatureMask ChoiceModel::weighed() const {
  FeatureMask mask{};
  for (std::size_t feature = 0; feature < feature_count; ++feature)
    mask[feature] = weights[feature] > 0;
  return mask;
}

std::vector<float> ChoiceModel::utilities(const FeatureTable& table) const {
  std::vector<float> result(table.titles());
  for (std::size_t feature = 0; feature < feature_count; ++feature) {
    const auto weight = static_cast<float>(weights[feature]);
    if (weight == 0) continue;
    const std::span<const float> column = table.column(static_cast<Feature>(feature));
    for (std::size_t title = 0; title < result.size(); ++title)
      result[title] += weight * column[title];
  }
  return result;
}

ChoiceProbabilities ChoiceModel::probabilities(const FeatureTable& table) const {
  ChoiceProbabilities result{.titles = utilities(table)};
  auto largest = static_cast<float>(other);
  for (std::size_t title = 0; title < table.titles(); ++title)
    if (!table.excluded(title)) largest = std::max(largest, result.titles[title]);
  double sum = std::exp(other - static_cast<double>(largest));
  // An excluded title may stand above the largest: what is computed of it is not used.
  for (float& value : result.titles) value = std::min(value - largest, 0.0F);
  take_exponentials(result.titles);
  for (std::size_t title = 0; title < table.titles(); ++title) {
    float& value = result.titles[title];
    if (table.excluded(title)) value = 0;
    sum += static_cast<double>(value);
  }
  const auto scale = static_cast<float>(1 / sum);
  for (float& value : result.titles) value *= scale;
  result.other = std::exp(other - static_cast<double>(largest)) / sum;
  return result;
}

void ChoiceFit::add(const FeatureTable& table, std::optional<std::size_t> chosen) {
  std::vector<std::uint32_t> titles;
  titles.reserve(table.titles());
  for (std::uint32_t title = 0; title < table.titles(); ++title)
    if (!table.excluded(title) && chosen != title) titles.push_back(title);
  const auto keep = [&](std::size_t title, float copies) {
    Alternative alternative{.copies = copies};
    for (std::size_t feature = 0; feature < feature_count; ++feature)
      alternative.features[feature] = table.column(static_cast<Feature>(feature))[title];
    alternatives_.push_back(alternative);
  };
  const std::size_t begin = alternatives_.size();
  if (chosen) {
    RUNG_CHECK(!table.excluded(*chosen));
    keep(*chosen, 1);
  }
  if (titles.size() > first_ranked + sampled_rest) {
    ChoiceModel plain;
    plain.weights.fill(0.5);
    const std::vector<float> utilities = plain.utilities(table);
    std::ranges::nth_element(titles, titles.begin() + first_ranked,
                             [&utilities](std::uint32_t left, std::uint32_t right) {
                               return utilities[left] != utilities[right]
                                          ? utilities[left] > utilities[right]
                                          : left < right;
                             });
    // One title from each of equal stretches of the rest.
    std::ranges::sort(titles.begin() + first_ranked, titles.end());
    Random random(seed_ + situations_.size());
    const std::size_t rest = titles.size() - first_ranked;
    for (std::size_t stretch = 0; stretch < sampled_rest; ++stretch) {
      const std::size_t from = rest * stretch / sampled_rest;
      const std::size_t to = rest * (stretch + 1) / sampled_rest;
      keep(titles[first_ranked + from + random.below(to - from)], static_cast<float>(to - from));
    }
    titles.resize(first_ranked);
  }
  for (const std::uint32_t title : titles) keep(title, 1);
  situations_.push_back({.begin = begin, .end = alternatives_.size(), .other = !chosen});
}

/// Of the log likelihood: its value, gradient, and the negative of its second derivatives.
struct ChoiceFit::Derivatives {
  double likelihood = 0;
  Vector gradient{};
  Matrix curvature{};
};

ChoiceFit::Derivatives ChoiceFit::derivatives(const ChoiceModel& model, Part part) const {
  Derivatives sums;
  std::vector<double> masses;
  for (std::size_t number = part.from; number < situations_.size(); number += part.step) {
    const Situation& situation = situations_[number];
    masses.clear();
    double largest = model.other;
    for (std::size_t at = situation.begin; at < situation.end; ++at) {
      double utility = 0;
      for (std::size_t feature = 0; feature < feature_count; ++feature)
        utility +=
            model.weights[feature] * static_cast<double>(alternatives_[at].features[feature]);
      masses.push_back(utility);
      largest = std::max(largest, utility);
    }
    const double chosen_utility = situation.other ? model.other : masses.front();
    const double other_mass = std::exp(model.other - largest);
    double sum = other_mass;
    for (std::size_t at = 0; at < masses.size(); ++at) {
      masses[at] = static_cast<double>(alternatives_[situation.begin + at].copies) *
                   std::exp(masses[at] - largest);
      sum += masses[at];
    }
    sums.likelihood += chosen_utility - largest - std::log(sum);
    Vector mean{};
    Matrix square{};
    for (std::size_t at = 0; at < masses.size(); ++at) {
      const double share = masses[at] / sum;
      const auto& features = alternatives_[situation.begin + at].features;
      for (std::size_t row = 0; row < feature_count; ++row) {
        const double weighted = share * static_cast<double>(features[row]);
        mean[row] += weighted;
        for (std::size_t column = 0; column <= row; ++column)
          square[row][column] += weighted * static_cast<double>(features[column]);
      }
    }
    mean[feature_count] = other_mass / sum;
    square[feature_count][feature_count] = mean[feature_count];
    for (std::size_t row = 0; row < parameters; ++row) {
      double taken = 0;
      if (row < feature_count && !situation.other)
        taken = static_cast<double>(alternatives_[situation.begin].features[row]);
      if (row == feature_count && situation.other) taken = 1;
      sums.gradient[row] += taken - mean[row];
      for (std::size_t column = 0; column <= row; ++column)
        sums.curvature[row][column] += square[row][column] - mean[row] * mean[column];
    }
  }
  for (std::size_t row = 0; row < parameters; ++row)
    for (std::size_t column = 0; column < row; ++column)
      sums.curvature[column][row] = sums.curvature[row][column];
  return sums;
}

ChoiceModel ChoiceFit::fit(const FeatureMask& mask) const {
  ChoiceModel start;
  for (std::size_t feature = 0; feature < feature_count; ++feature)
    start.weights[feature] = mask[feature] ? 0.5 : 0;
  const auto popularity = static_cast<std::size_t>(Feature::popularity);
  if (mask[popularity]) start.weights[popularity] = 1;
  // The prior of "other" is one choice in a hundred.
  double mean_alternatives = 1;
  std::size_t others = 0;
  for (const Situation& situation : situations_) others += situation.other ? 1 : 0;
  for (const Alternative& alternative : alternatives_)
    mean_alternatives += static_cast<double>(alternative.copies);
  const double situations = static_cast<double>(situations_.size()) + 1;
  start.other = std::log((static_cast<double>(others) + 0.01) / situations *
                         (mean_alternatives / situations + 1));
  return climb(start, mask, true, {});
}

ChoiceModel ChoiceFit::extend(const ChoiceModel& model, const FeatureMask& added) const {
  constexpr std::array<Part, 2> halves{{{.from = 0, .step = 2}, {.from = 1, .step = 2}}};
  ChoiceModel extended = model;
  for (std::size_t feature = 0; feature < feature_count; ++feature) {
    if (!added[feature]) continue;
    FeatureMask one{};
    one[feature] = true;
    const bool proven = std::ranges::all_of(halves, [&](const Part& half) {
      const Part other_half{.from = 1 - half.from, .step = 2};
      return derivatives(climb(extended, one, false, half), other_half).likelihood >
             derivatives(extended, other_half).likelihood;
    });
    if (proven) extended = climb(extended, one, false, {});
  }
  return extended;
}

ChoiceModel ChoiceFit::climb(const ChoiceModel& from, const FeatureMask& mask, bool other,
                             Part part) const {
  Vector start{};
  std::ranges::copy(from.weights, start.begin());
  start[feature_count] = from.other;
  const auto objective = [&](const Vector& values, Derivatives& sums) {
    double result = sums.likelihood;
    for (std::size_t row = 0; row < parameters; ++row) {
      const double distance = values[row] - start[row];
      result -= ridge / 2 * distance * distance;
      sums.gradient[row] -= ridge * distance;
      sums.curvature[row][row] += ridge;
    }
    return result;
  };
  Vector current = start;
  Derivatives sums = derivatives(model_of(current), part);
  double value = objective(current, sums);
  for (int iteration = 0; iteration < most_iterations; ++iteration) {
    std::array<bool, parameters> free{};
    free[feature_count] = other;
    for (std::size_t feature = 0; feature < feature_count; ++feature)
      free[feature] = mask[feature] && (current[feature] > 0 || sums.gradient[feature] > 0);
    const Vector step = solve(sums.curvature, sums.gradient, free);
    bool better = false;
    for (double length = 1; length > 1e-4 && !better; length /= 2) {
      Vector trial = current;
      for (std::size_t row = 0; row < parameters; ++row) {
        trial[row] += length * step[row];
        if (row < feature_count) trial[row] = std::max(trial[row], 0.0);
      }
      Derivatives trial_sums = derivatives(model_of(trial), part);
      const double trial_value = objective(trial, trial_sums);
      if (trial_value <= value + 1e-9 * std::abs(value)) continue;
      better = true;
      current = trial;
      sums = trial_sums;
      value = trial_value;
    }
    if (!better) break;
  }
  return model_of(current);
}

}  // namespace rung::recommend
