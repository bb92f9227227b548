#include "recommend/choice_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "core/random.h"

namespace rung::recommend {
namespace {

TEST(ChoiceModel, ProbabilitiesAreThoseOfALogit) {
  FeatureTable table(3);
  table.column(Feature::popularity)[0] = 1;
  table.column(Feature::following)[1] = 2;
  table.exclude(2);
  ChoiceModel model;
  model.weights[0] = 1;
  model.weights[2] = 0.5;
  model.other = -1;
  const ChoiceProbabilities said = model.probabilities(table);
  const double sum = 2 * std::exp(1) + std::exp(-1);
  EXPECT_NEAR(said.titles[0], std::exp(1) / sum, 1e-6);
  EXPECT_NEAR(said.titles[1], std::exp(1) / sum, 1e-6);
  EXPECT_EQ(said.titles[2], 0);
  EXPECT_NEAR(said.other, std::exp(-1) / sum, 1e-9);
}

/// Choices drawn from a known logit over two features.
ChoiceFit drawn_choices(const ChoiceModel& truth, std::size_t titles, int situations) {
  Random random(3);
  ChoiceFit fit(1);
  for (int situation = 0; situation < situations; ++situation) {
    FeatureTable table(titles);
    for (std::size_t title = 0; title < titles; ++title) {
      table.column(Feature::popularity)[title] = static_cast<float>(2 * random.uniform());
      table.column(Feature::forward)[title] = static_cast<float>(2 * random.uniform());
    }
    const ChoiceProbabilities said = truth.probabilities(table);
    double drawn = random.uniform();
    std::optional<std::size_t> chosen;
    for (std::size_t title = 0; title < titles && !chosen; ++title) {
      drawn -= static_cast<double>(said.titles[title]);
      if (drawn < 0) chosen = title;
    }
    fit.add(table, chosen);
  }
  return fit;
}

TEST(ChoiceFit, FindsTheWeightsThatChoicesWereDrawnFrom) {
  ChoiceModel truth;
  truth.weights[static_cast<std::size_t>(Feature::popularity)] = 1.2;
  truth.weights[static_cast<std::size_t>(Feature::forward)] = 0.6;
  truth.other = 2;
  const ChoiceFit fit = drawn_choices(truth, 12, 4000);
  const ChoiceModel found = fit.fit(mask_of({Feature::popularity, Feature::forward}));
  EXPECT_NEAR(found.weights[0], 1.2, 0.15);
  EXPECT_NEAR(found.weights[3], 0.6, 0.15);
  EXPECT_NEAR(found.other, 2, 0.25);
  EXPECT_EQ(found.weights[4], 0);  // Outside the mask.
}

TEST(ChoiceFit, ASampleOfTheRestStandsForAllOfIt) {
  ChoiceModel truth;
  truth.weights[static_cast<std::size_t>(Feature::popularity)] = 2;
  truth.other = 10;
  const ChoiceModel found = drawn_choices(truth, 6000, 300).fit(mask_of({Feature::popularity}));
  EXPECT_NEAR(found.weights[0], 2, 0.5);
  EXPECT_NEAR(found.other, 10, 1);
}

/// Choices by popularity and `hour`, which counts `weight`.
ChoiceFit choices_by_hour(double weight) {
  constexpr std::size_t titles = 12;
  Random random(11);
  ChoiceFit fit(1);
  for (int situation = 0; situation < 1000; ++situation) {
    FeatureTable table(titles);
    std::vector<double> odds;
    for (std::size_t title = 0; title < titles; ++title) {
      table.column(Feature::hour)[title] = static_cast<float>(random.normal());
      odds.push_back(std::exp(weight * static_cast<double>(table.column(Feature::hour)[title])));
    }
    double drawn = random.uniform() * std::accumulate(odds.begin(), odds.end(), 0.0);
    std::size_t chosen = 0;
    while (chosen + 1 < titles && (drawn -= odds[chosen]) >= 0) ++chosen;
    fit.add(table, chosen);
  }
  return fit;
}

TEST(ChoiceFit, AFeatureIsAddedWhereItProvesItself) {
  constexpr auto hour = static_cast<std::size_t>(Feature::hour);
  constexpr auto device = static_cast<std::size_t>(Feature::device);
  const ChoiceFit fit = choices_by_hour(0.7);
  const ChoiceModel base = fit.fit(lasting_features());
  EXPECT_EQ(base.weights[hour], 0);
  ChoiceModel extended = fit.extend(base, moment_features());
  EXPECT_NEAR(extended.weights[hour], 0.7, 0.1);
  EXPECT_EQ(extended.weights[device], 0) << "it is zero for all titles";
  extended.weights[hour] = 0;
  EXPECT_EQ(extended, base) << "nothing else has changed";

  const ChoiceFit against = choices_by_hour(-0.7);
  const ChoiceModel without = against.fit(lasting_features());
  EXPECT_EQ(against.extend(without, moment_features()), without);
}

TEST(ChoiceFit, WithoutChoicesPopularityCounts) {
  const ChoiceModel model = ChoiceFit(1).fit(lasting_features());
  EXPECT_DOUBLE_EQ(model.weights[0], 1);
  EXPECT_DOUBLE_EQ(model.weights[2], 0.5);
  EXPECT_TRUE(std::isfinite(model.other));
}

}  // namespace
}  // namespace rung::recommend
