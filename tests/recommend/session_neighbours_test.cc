#include "recommend/session_neighbours.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <string>
#include <vector>

#include "core/limits.h"

namespace rung::recommend {
namespace {

/// One viewer for each sequence, who played after the ones before.
Plays played(std::size_t titles, const std::vector<std::vector<TitleIndex>>& sequences) {
  Plays plays;
  for (std::size_t title = 0; title < titles; ++title)
    plays.titles.push_back("t" + std::to_string(title));
  for (const auto& sequence : sequences) {
    plays.viewers.push_back("v" + std::to_string(plays.viewers.size()));
    std::vector<Play>& own = plays.by_viewer.emplace_back();
    for (const TitleIndex title : sequence)
      own.push_back({.title = title,
                     .time = std::chrono::sys_seconds(std::chrono::hours(plays.viewers.size()))});
  }
  return plays;
}

TEST(SessionNeighbours, VotesForWhatWasPlayedNearTheLatestCommonTitle) {
  const Sessions sessions = Sessions::of(played(6, {{4, 1, 2, 3}, {5}}));
  const std::vector<TitleIndex> history = {0, 1};
  const SparseSums shares = neighbour_shares(sessions, history);
  // One neighbour, whose latest common title is 1: 2 and 4 are one step away from it, 3 two steps.
  const float all = (1 + 1 + 0.95F) * 1.3F;
  EXPECT_FLOAT_EQ(shares.at(2), 1 / all);
  EXPECT_FLOAT_EQ(shares.at(4), 1 / all);
  EXPECT_FLOAT_EQ(shares.at(3), 0.95F / all);
  EXPECT_EQ(shares.touched().size(), 3U);
}

TEST(SessionNeighbours, MoreInCommonCountsMoreAndSoDoesWhatIsRare) {
  // The first session shares two titles with the history, the second one of these.
  const Sessions sessions = Sessions::of(played(5, {{0, 1, 2}, {0, 3, 4}, {3, 4}}));
  const std::vector<TitleIndex> history = {1, 0};
  const SparseSums shares = neighbour_shares(sessions, history);
  const float common = std::log(1 + 3 / 3.0F);
  const float rare = 0.95F * std::log(1 + 3 / 2.0F);
  // 2 stands two steps behind 0, 3 one step.
  EXPECT_NEAR(shares.at(2) / shares.at(3), 0.95 * (common + rare) / common, 1e-5);
}

TEST(SessionNeighbours, SumToLessThanOneAndLeaveTheHistoryOut) {
  const Sessions sessions = Sessions::of(played(4, {{0, 1, 2, 3, 1}, {1, 0, 2}}));
  const std::vector<TitleIndex> history = {1, 2};
  const SparseSums shares = neighbour_shares(sessions, history);
  float sum = 0;
  for (const TitleIndex title : shares.touched()) sum += shares.at(title);
  EXPECT_NEAR(sum, 1 / 1.3, 1e-5);
  EXPECT_EQ(shares.at(1), 0);
  EXPECT_EQ(shares.at(2), 0);
  EXPECT_TRUE(neighbour_shares(sessions, {}).touched().empty());
}

TEST(SessionNeighbours, OnlyTheHundredNearestVote) {
  std::vector<std::vector<TitleIndex>> sequences(100, {0, 1});
  sequences.push_back({0, 2, 3, 4, 5});  // Longer, so less near.
  const std::vector<TitleIndex> history = {0};
  const SparseSums shares = neighbour_shares(Sessions::of(played(6, sequences)), history);
  EXPECT_GT(shares.at(1), 0);
  EXPECT_EQ(shares.at(2), 0);
}

TEST(SessionNeighbours, OldPlaysAndViewersBeyondTheBoundsAreLeftOut) {
  const std::vector<TitleIndex> longest(limits::regressed_plays + 10, 0);
  std::vector<std::vector<TitleIndex>> sequences(Sessions::most + 2, {1});
  sequences.back() = longest;
  const Sessions sessions = Sessions::of(played(2, sequences));
  EXPECT_EQ(sessions.size(), Sessions::most);
  EXPECT_EQ(sessions.starts.back() - *(sessions.starts.end() - 2), limits::regressed_plays);
}

TEST(SessionNeighbours, ReadSessionsAreCheckedAndListedAgain) {
  const Sessions sessions = Sessions::of(played(4, {{0, 1, 2, 3, 1}, {1, 0, 2}}));
  Sessions read;
  read.starts = sessions.starts;
  read.titles = sessions.titles;
  EXPECT_TRUE(read.consistent(4));
  EXPECT_FALSE(read.consistent(3));
  read.list_titles(4);
  EXPECT_EQ(read, sessions);
  read.starts[1] = 9;
  EXPECT_FALSE(read.consistent(4));
}

}  // namespace
}  // namespace rung::recommend
