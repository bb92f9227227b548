#include "recommend/transition_counts.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace rung::recommend {
namespace {

float count_of(const SparseRows& rows, TitleIndex from, TitleIndex to) {
  for (const SparseEntry& entry : rows.row(from))
    if (entry.column == to) return entry.value;
  return 0;
}

Plays chains() {
  return *parse_plays("viewer,title,time\nv,a,1\nv,b,2\nv,c,3\nw,a,1\nw,b,2\nx,b,1\nx,a,2\n", "p");
}

TEST(TransitionCounts, CountsWhatFollowsWhat) {
  const TransitionCounts counts = TransitionCounts::count(chains());
  EXPECT_FLOAT_EQ(count_of(counts.following, 0, 1), 2);  // a b, twice
  EXPECT_FLOAT_EQ(count_of(counts.following, 1, 0), 1);
  EXPECT_FLOAT_EQ(count_of(counts.following, 0, 2), 0);
  EXPECT_FLOAT_EQ(count_of(counts.forward, 0, 2), 0.8F);
  EXPECT_FLOAT_EQ(count_of(counts.together, 0, 1), 3);
  EXPECT_FLOAT_EQ(count_of(counts.together, 2, 0), 0.9F);
}

TEST(TransitionCounts, FollowersAreADistributionThatIsShrunk) {
  const TransitionCounts counts = TransitionCounts::count(chains());
  const std::array<TitleIndex, 1> history = {0};
  const SparseSums sums = followers(counts.following, history, {});
  EXPECT_FLOAT_EQ(sums.at(1), 2.0F / 8);  // Two of two, and six counts of doubt.
  // The latest title weighs most.
  const std::array<TitleIndex, 2> longer = {2, 0};
  const SparseSums mixed = followers(counts.following, longer, {.titles = 2, .decay = 0.5F});
  EXPECT_FLOAT_EQ(mixed.at(1), 1 / 1.5F * 2 / 8);
  EXPECT_TRUE(followers(counts.following, {}, {}).touched().empty());
}

TEST(SparseRows, AppendKeepsTheLargestAndTheLowerColumnOfEquals) {
  SparseSums sums(6);
  sums.add(5, 1);
  sums.add(2, 3);
  sums.add(4, 1);
  sums.add(5, 0.5F);
  sums.add(1, 1);
  SparseRows rows;
  rows.append(sums, 3);
  ASSERT_EQ(rows.row(0).size(), 3U);
  EXPECT_EQ(rows.row(0)[0], (SparseEntry{.column = 1, .value = 1}));
  EXPECT_EQ(rows.row(0)[1], (SparseEntry{.column = 2, .value = 3}));
  EXPECT_EQ(rows.row(0)[2], (SparseEntry{.column = 5, .value = 1.5F}));
  EXPECT_FLOAT_EQ(rows.totals[0], 5.5F);
  const std::vector<float> totals = rows.totals;
  rows.sum_rows();
  EXPECT_EQ(rows.totals, totals);
  EXPECT_TRUE(rows.consistent(1, 6));
  EXPECT_FALSE(rows.consistent(1, 5));
  EXPECT_FALSE(rows.consistent(2, 6));
}

}  // namespace
}  // namespace rung::recommend
