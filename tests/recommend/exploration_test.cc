#include "recommend/exploration.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

namespace rung::recommend {
namespace {

/// Titles 10, 11, ... of which the later ones are less probable.
std::vector<RowCandidate> five() {
  std::vector<RowCandidate> candidates;
  for (const double p : {0.2, 0.15, 0.1, 0.04, 0.01})
    candidates.push_back({.title = 10 + candidates.size(), .probability = p});
  return candidates;
}

TEST(Exploration, PropensitiesAreHowOftenTitlesStandWhereTheyStand) {
  constexpr int draws = 4000;
  const std::vector<RowCandidate> candidates = five();
  Random random(7);
  std::map<std::pair<std::size_t, std::size_t>, std::pair<double, int>> stood;
  for (int draw = 0; draw < draws; ++draw) {
    const auto row = explored_row(candidates, 3, random);
    ASSERT_EQ(row.size(), 3U);
    for (std::size_t place = 0; place < row.size(); ++place) {
      EXPECT_EQ(row[place].usual, 10 + place);
      auto& [propensity, times] = stood[{place, row[place].title}];
      propensity = row[place].propensity;
      ++times;
    }
  }
  std::array<double, 3> sums{};
  for (const auto& [where, told] : stood) {
    const auto& [propensity, times] = told;
    sums.at(where.first) += propensity;
    EXPECT_NEAR(static_cast<double>(times) / draws, propensity,
                4 * std::sqrt(propensity * (1 - propensity) / draws) + 1e-6)
        << "title " << where.second << " at " << where.first;
  }
  // Every title stood at every place, so all of the probability was told.
  ASSERT_EQ(stood.size(), 15U);
  for (const double sum : sums) EXPECT_NEAR(sum, 1, 1e-6);
}

TEST(Exploration, IsTheSameUnderTheSameSeedAndShowsEachTitleOnce) {
  Random one(3);
  Random same(3);
  Random other(4);
  bool differs = false;
  for (int draw = 0; draw < 20; ++draw) {
    const auto row = explored_row(five(), 24, one);
    EXPECT_EQ(row, explored_row(five(), 24, same));
    differs = differs || row != explored_row(five(), 24, other);
    std::vector<std::size_t> titles;
    for (const PlacedTitle& placed : row) titles.push_back(placed.title);
    std::ranges::sort(titles);
    EXPECT_EQ(titles, (std::vector<std::size_t>{10, 11, 12, 13, 14}));
  }
  EXPECT_TRUE(differs);
}

TEST(Exploration, WithoutChanceTitlesStandByWhatIsKnownOfThem) {
  std::vector<RowCandidate> candidates = five();
  candidates[0].seen = 60;  // Looked at often, never taken.
  candidates[4].seen = 5;
  candidates[4].chosen = 4;
  const std::vector<PlacedTitle> row{{14, 1, 14}, {11, 1, 11}, {12, 1, 12}, {10, 1, 10}};
  EXPECT_EQ(usual_row(candidates, 4), row);
}

TEST(Exploration, WhatIsWellKnownIsHardlyExplored) {
  // The same odds, once from the model alone and once from three hundred looks beside it.
  const auto share = [](std::int64_t looks) {
    const std::vector<RowCandidate> candidates{
        {.title = 0, .probability = 0.4, .seen = looks * 10, .chosen = looks * 4},
        {.title = 1, .probability = 0.2, .seen = looks * 10, .chosen = looks * 2}};
    Random random(1);
    const PlacedTitle first = explored_row(candidates, 1, random).front();
    return first.title == 0 ? first.propensity : 1 - first.propensity;
  };
  EXPECT_LT(share(0), 0.95);
  EXPECT_GT(share(30), 0.999);
}

TEST(Exploration, ATitleAloneOrCertainIsNoSpecialCase) {
  Random random(1);
  const std::vector<RowCandidate> alone{{.title = 5, .probability = 1}};
  const auto row = explored_row(alone, 24, random);
  ASSERT_EQ(row.size(), 1U);
  EXPECT_NEAR(row[0].propensity, 1, 1e-6);
  EXPECT_TRUE(explored_row({}, 24, random).empty());
  const std::vector<RowCandidate> extremes{{.title = 0, .probability = 1},
                                           {.title = 1, .probability = 0}};
  EXPECT_EQ(explored_row(extremes, 2, random).front().title, 0U);
}

}  // namespace
}  // namespace rung::recommend
