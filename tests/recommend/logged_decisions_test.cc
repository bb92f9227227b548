#include "recommend/logged_decisions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rung::recommend {
namespace {

using testing::HasSubstr;

const std::string head = "title,propensity,reward\n";

TEST(ParseDecisions, TakesTheColumnsThatItNeedsInAnyOrder) {
  const auto log = parse_decisions(
      ",timestamp,item_id,position,click,propensity_score,user\n"
      "0,2019,7,2,1,0.25,a\n1,2019,9,3,0,0.5,b\n2,2019,7,2,0,0.75,a\n",
      "log");
  ASSERT_TRUE(log) << log.error().message;
  EXPECT_EQ(log->titles, (std::vector<std::string>{"7", "9"}));
  EXPECT_EQ(log->places[1].place, "3");
  const LoggedDecision first{.cluster = 0, .place = 0, .title = 0, .propensity = 0.25, .reward = 1};
  EXPECT_EQ(log->decisions[0], first);
  EXPECT_EQ(log->cluster_kind, ClusterKind::viewer);
  EXPECT_EQ(log->clusters, 2U);
}

TEST(ParseDecisions, PassOverPlacesAtWhichNothingWasLeftToChance) {
  const auto log = parse_decisions(
      "viewer,slate,row,place,title,usual,propensity,reward\n"
      "me,1,begun,0,a,a,1,1\nme,1,popular,0,b,c,0.1,0\nme,2,popular,0,c,c,1,0\n",
      "log");
  ASSERT_TRUE(log) << log.error().message;
  EXPECT_EQ(log->decisions.size(), 2U);
  EXPECT_EQ(log->certain, 1U);
  EXPECT_EQ(log->usual.size(), 2U);
  // There is one viewer, so what is independent are the slates.
  EXPECT_EQ(log->cluster_kind, ClusterKind::slate);
  EXPECT_EQ(log->clusters, 2U);
}

TEST(ParseDecisions, RefusesWithTheLine) {
  struct Case {
    std::string text;
    std::string where;
    std::string said;
  };
  for (const Case& bad : {
           Case{"", "log", "empty"},
           Case{"title,reward\na,1\n", "log line 1", "propensity"},
           Case{head, "log", "no decisions"},
           Case{head + "a,0.5\n", "log line 2", "too few"},
           Case{head + "a,0,1\n", "log line 2", "above 0"},
           Case{head + "a,1.5,1\n", "log line 2", "at most 1"},
           Case{head + "a,nan,1\n", "log line 2", "propensity"},
           Case{head + "a,0.5,inf\n", "log line 2", "reward"},
           Case{head + "a,0.5,\n", "log line 2", "reward"},
           Case{head + ",0.5,1\n", "log line 2", "name"},
           Case{head + "a,1,1\nb,1,0\n", "log", "left to chance"},
       }) {
    const auto log = parse_decisions(bad.text, "log");
    ASSERT_FALSE(log) << bad.text;
    EXPECT_EQ(log.error().where, bad.where) << bad.text;
    EXPECT_THAT(log.error().message, HasSubstr(bad.said)) << bad.text;
  }
  const auto no_row = parse_decisions(head + "a,0.5,1\n", "log", {.row = "new"});
  ASSERT_FALSE(no_row);
  EXPECT_THAT(no_row.error().message, HasSubstr("column row"));
}

class Policies : public testing::Test {
 protected:
  const LoggedDecisions log_ = *parse_decisions(
      "title,place,propensity,reward\na,1,0.5,0\nb,1,0.5,0\na,2,0.5,0\nc,2,0.5,0\n", "log");
};

TEST_F(Policies, ATableTellsTheProbabilityOfTitlesAtPlaces) {
  const auto policy = parse_policy(
      "place,title,probability\n1,a,0.25\n1,b,0.75\n2,c,0.5\n2,new,0.5\n", "policy", log_);
  ASSERT_TRUE(policy) << policy.error().message;
  EXPECT_EQ(policy->distributions[policy->of[0]],
            (std::vector<TitleShare>{{.title = 0, .probability = 0.25}, {1, 0.75}}));
  EXPECT_EQ(policy->distributions[policy->of[3]],
            (std::vector<TitleShare>{{.title = 2, .probability = 0.5}, {unknown_title, 0.5}}));
}

TEST_F(Policies, ATableWithoutPlacesHoldsForAllOfThem) {
  const auto policy = parse_policy("title,probability\na,1\n", "policy", log_);
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->of, (std::vector<std::uint32_t>{0, 0, 0, 0}));
}

TEST_F(Policies, TheSharesOfAnotherLogAreCounted) {
  const auto policy =
      parse_policy("title,position,click\na,1,0\na,1,1\nb,1,0\nc,2,0\n", "policy", log_);
  ASSERT_TRUE(policy);
  EXPECT_NEAR(policy->distributions[policy->of[0]][0].probability, 2.0 / 3, 1e-12);
}

TEST_F(Policies, OfATableThatIsNoPolicyAreRefused) {
  struct Case {
    std::string text;
    std::string said;
  };
  for (const Case& bad : {
           Case{"title,probability\na,0.5\nb,0.4\n", "sum to 1"},
           Case{"title,place,probability\na,1,1\n", "place \"2\""},
           Case{"title,probability\na,2\n", "from 0 to 1"},
           Case{"name,probability\na,1\n", "column title"},
       }) {
    const auto policy = parse_policy(bad.text, "policy", log_);
    ASSERT_FALSE(policy) << bad.text;
    EXPECT_THAT(policy.error().message, HasSubstr(bad.said)) << bad.text;
  }
  EXPECT_FALSE(usual_policy(log_));
}

TEST_F(Policies, TheUniformOneKnowsWhatWasShownAtAPlace) {
  const TargetPolicy policy = uniform_policy(log_);
  EXPECT_EQ(policy.distributions[policy.of[2]],
            (std::vector<TitleShare>{{.title = 0, .probability = 0.5}, {2, 0.5}}));
}

}  // namespace
}  // namespace rung::recommend
