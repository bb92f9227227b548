#include "recommend/ials.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <span>
#include <vector>

namespace rung::recommend {
namespace {

/// Two tastes: half of the viewers played titles 0 to 9, the others 10 to 19, each all but one.
Plays two_tastes() {
  Plays plays;
  plays.titles.resize(21);  // Nobody played the last title.
  for (TitleIndex viewer = 0; viewer < 40; ++viewer) {
    std::vector<Play>& own = plays.by_viewer.emplace_back();
    const TitleIndex first = viewer < 20 ? 0 : 10;
    for (TitleIndex title = 0; title < 10; ++title)
      if (title != viewer % 10) own.push_back({.title = first + title, .time = {}});
  }
  plays.viewers.resize(plays.by_viewer.size());
  return plays;
}

float sum_of(std::span<const float> values) {
  return std::accumulate(values.begin(), values.end(), 0.0F);
}

TEST(Ials, KnowsATasteFromATitleOfIt) {
  const TitleFactors factors = ials_factors(two_tastes(), 1);
  ASSERT_EQ(factors.titles(), 21U);
  const std::vector<TitleIndex> history = {13};
  const std::vector<float> shares = ials_shares(factors, history);
  EXPECT_GT(sum_of(std::span(shares).subspan(10, 10)), 0.8F);
  EXPECT_LT(sum_of(std::span(shares).first(10)), 0.15F);
  EXPECT_EQ(shares[20], 0);
  EXPECT_LT(sum_of(shares), 1);
}

TEST(Ials, TheLatestTasteWeighsMost) {
  const TitleFactors factors = ials_factors(two_tastes(), 1);
  const std::vector<TitleIndex> history = {1, 2, 3, 11, 12, 13};
  const std::vector<float> shares = ials_shares(factors, history);
  EXPECT_GT(sum_of(std::span(shares).subspan(10, 10)), sum_of(std::span(shares).first(10)));
  EXPECT_GT(sum_of(std::span(shares).first(10)), 0);
}

TEST(Ials, SaysNothingWithoutAHistory) {
  const std::vector<float> shares = ials_shares(ials_factors(two_tastes(), 1), {});
  EXPECT_EQ(std::ranges::count(shares, 0.0F), 21);
}

TEST(Ials, TheSamePlaysAndSeedMakeTheSameFactors) {
  EXPECT_EQ(ials_factors(two_tastes(), 7), ials_factors(two_tastes(), 7));
  TitleFactors read = ials_factors(two_tastes(), 7);
  read.gram.clear();
  read.sum_products();
  EXPECT_EQ(read, ials_factors(two_tastes(), 7));
}

}  // namespace
}  // namespace rung::recommend
