#include "recommend/ease.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "core/limits.h"

namespace rung::recommend {
namespace {

float weight_of(const SparseRows& rows, TitleIndex from, TitleIndex to) {
  for (const SparseEntry& entry : rows.row(from))
    if (entry.column == to) return entry.value;
  return 0;
}

/// Viewers that each played all of `titles` titles.
Plays everyone_played_all(std::size_t viewers, std::size_t titles) {
  Plays plays;
  for (std::size_t title = 0; title < titles; ++title)
    plays.titles.push_back("t" + std::to_string(title));
  std::vector<Play> own;
  for (TitleIndex title = 0; title < titles; ++title) own.push_back({.title = title, .time = {}});
  for (std::size_t viewer = 0; viewer < viewers; ++viewer) {
    plays.viewers.push_back("v" + std::to_string(viewer));
    plays.by_viewer.push_back(own);
  }
  return plays;
}

TEST(Ease, SolvesTheClosedForm) {
  // Of 400 viewers 300 played a and b, 100 only b. G = [[300, 300], [300, 400]], trace 700, so
  // G + lambda I = [[500.07, 300], [300, 600.07]], and -P(i,j) / P(j,j) = 300 / (G + lambda
  // I)(i,i).
  Plays plays = everyone_played_all(300, 2);
  for (int viewer = 0; viewer < 100; ++viewer)
    plays.by_viewer.push_back({{.title = 1, .time = {}}});
  plays.viewers.resize(plays.by_viewer.size());
  const SparseRows rows = ease_weights(plays);
  EXPECT_NEAR(weight_of(rows, 0, 1), 300 / 500.07, 1e-4);
  EXPECT_NEAR(weight_of(rows, 1, 0), 300 / 600.07, 1e-4);
  EXPECT_EQ(weight_of(rows, 0, 0), 0);
}

TEST(Ease, APlayThatIsRepeatedCountsOnce) {
  Plays plays = everyone_played_all(50, 3);
  Plays repeated = plays;
  for (auto& own : repeated.by_viewer) own.push_back(own.front());
  EXPECT_EQ(ease_weights(plays), ease_weights(repeated));
}

TEST(Ease, IsSoundWhereAllViewersAreTheSame) {
  const SparseRows rows = ease_weights(everyone_played_all(2000, 300));
  EXPECT_TRUE(rows.consistent(300, 300));
  EXPECT_EQ(rows.row(0).size(), 256U);
  // All titles say the same for all others.
  for (const SparseEntry& entry : rows.entries) EXPECT_NEAR(entry.value, 1 / 299.0, 1e-4);
}

TEST(Ease, TitlesBeyondTheBoundSayNothing) {
  const std::size_t many = limits::regressed_titles + 5;
  Plays plays;
  plays.titles.resize(many);
  for (TitleIndex title = 0; title + 1 < many; title += 2) {
    plays.viewers.emplace_back();
    plays.by_viewer.push_back({{.title = title, .time = {}}, {.title = title + 1, .time = {}}});
  }
  const SparseRows rows = ease_weights(plays);
  EXPECT_TRUE(rows.consistent(many, many));
  EXPECT_GT(weight_of(rows, 0, 1), 0);
  for (std::size_t title = limits::regressed_titles; title < many; ++title)
    EXPECT_TRUE(rows.row(title).empty());
}

TEST(Ease, SharesSumToLessThanOneAndTheLatestTitleWeighsMost) {
  SparseSums sums(3);
  SparseRows rows;
  sums.add(2, 0.4F);
  rows.append(sums, 3);  // Title 0 speaks for title 2,
  sums.clear();
  sums.add(0, 0.4F);
  rows.append(sums, 3);  // title 1 as strongly for title 0,
  sums.clear();
  rows.append(sums, 3);  // and title 2 for none.
  const std::array<TitleIndex, 3> history = {0, 1, 2};
  const SparseSums shares = ease_shares(rows, history);
  const float all = 0.98F * 0.4F + 0.98F * 0.98F * 0.4F + 0.1F;
  EXPECT_FLOAT_EQ(shares.at(0), 0.98F * 0.4F / all);
  EXPECT_FLOAT_EQ(shares.at(2), 0.98F * 0.98F * 0.4F / all);
  EXPECT_TRUE(ease_shares(rows, {}).touched().empty());
}

}  // namespace
}  // namespace rung::recommend
