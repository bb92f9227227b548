#include "recommend/recommender.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tests/support/viewers.h"

namespace rung::recommend {
namespace {

class RecommenderTest : public testing::Test {
 protected:
  Plays plays_ = test::generated_viewers(200, 60, 20, 7);
  Recommender recommender_ = Recommender::train(plays_);
};

TEST_F(RecommenderTest, ProbabilitiesSumToOneForAnyHistory) {
  Random random(5);
  for (int round = 0; round < 50; ++round) {
    std::vector<TitleIndex> history(random.below(30));
    for (TitleIndex& title : history) title = static_cast<TitleIndex>(random.below(60));
    const NextTitles next = recommender_.next(history, 1 + random.below(70));
    double sum = next.rest + next.other;
    double before = 1;
    for (const Candidate& candidate : next.candidates) {
      EXPECT_LE(candidate.probability, before);
      EXPECT_EQ(std::ranges::count(history, candidate.title), 0);
      before = candidate.probability;
      sum += candidate.probability;
    }
    EXPECT_NEAR(sum, 1, 1e-5);
  }
}

TEST_F(RecommenderTest, SaysHowProbablyTitlesAreLeft) {
  EXPECT_FALSE(recommender_.next({{20}}, 1).leaves_within) << "the log does not tell";
  for (int stay = 0; stay < 300; ++stay)
    plays_.stays.push_back({.title = static_cast<TitleIndex>(20 + stay % 2),
                            .to = std::chrono::seconds(stay % 2 == 0 ? 20 + stay % 40 : 600),
                            .left = stay % 2 == 0});
  const Recommender knowing = Recommender::train(plays_);
  const NextTitles next = knowing.next({{20}}, 1, {.position = std::chrono::seconds(10)});
  ASSERT_TRUE(next.leaves_within);
  EXPECT_GT(*next.leaves_within, 0.8);
  EXPECT_EQ(next.candidates.front().title, 21U);
  ASSERT_TRUE(next.candidates.front().leaves_within);
  EXPECT_LT(*next.candidates.front().leaves_within, 0.3);
  const NextTitles sooner = knowing.next({{20}}, 1, {.within = std::chrono::seconds(1)});
  EXPECT_LT(*sooner.leaves_within, *next.leaves_within);
  EXPECT_FALSE(knowing.next({}, 1).leaves_within) << "nothing plays";
  EXPECT_FALSE(knowing.next({{20}}, 1, {.position = std::nullopt}).leaves_within);
}

TEST_F(RecommenderTest, TheMomentMovesWhatIsPlayedThen) {
  test::set_moments(plays_, 9, 6);
  const Recommender knowing = Recommender::train(plays_);
  /// The odds of an even title over an odd one that is as likely without a moment.
  const auto odds = [&](std::optional<int> hour, const std::string& device) {
    const Moment moment = knowing.moment_of(hour, device);
    return knowing.explain({{20}}, 40, moment)->probability /
           knowing.explain({{20}}, 41, moment)->probability;
  };
  EXPECT_GT(odds(8, ""), 4 * odds(20, ""));
  EXPECT_GT(odds({}, "phone"), 4 * odds({}, "tv"));
  EXPECT_GT(odds(8, "phone"), odds(8, ""));
  EXPECT_EQ(odds({}, "a new one"), odds({}, ""));
  const NextTitles morning = knowing.next({{20}}, 60, {.moment = knowing.moment_of(8, "phone")});
  double sum = morning.rest + morning.other;
  for (const Candidate& candidate : morning.candidates) sum += candidate.probability;
  EXPECT_NEAR(sum, 1, 1e-5);
}

TEST_F(RecommenderTest, WithoutAMomentAllIsAsIfNoneHadBeenTold) {
  const NextTitles before = recommender_.next({{20, 21}}, 60);
  test::set_moments(plays_, 9, 6);
  EXPECT_EQ(Recommender::train(plays_).next({{20, 21}}, 60), before);
}

TEST_F(RecommenderTest, AFeatureWithoutAWeightIsNotMissed) {
  const FeatureMask some = mask_of({Feature::popularity, Feature::forward, Feature::ials});
  const std::vector<TitleIndex> history{20, 21};
  const FeatureTable all = recommender_.sources().features(history);
  const FeatureTable part = recommender_.sources().features(history, {}, some);
  for (std::size_t feature = 0; feature < feature_count; ++feature) {
    const auto which = static_cast<Feature>(feature);
    const std::vector<float> none(plays_.titles.size());
    EXPECT_TRUE(std::ranges::equal(
        part.column(which), some[feature] ? all.column(which) : std::span<const float>(none)))
        << to_string(which);
  }
  EXPECT_EQ(all.excluded(20), part.excluded(20));
}

TEST_F(RecommenderTest, KnowsTheChainThatViewersFollow) {
  const std::vector<TitleIndex> history = {20, 21, 22};
  const NextTitles next = recommender_.next(history, 3);
  EXPECT_EQ(next.candidates.front().title, 23U);
  EXPECT_GT(next.candidates.front().probability, 0.4);
  EXPECT_NE(next.candidates.front().reason, Feature::popularity);
}

TEST_F(RecommenderTest, WithoutHistoryItIsPopularity) {
  const NextTitles next = recommender_.next({}, 60);
  ASSERT_EQ(next.candidates.size(), 60U);
  const auto lifts = recommender_.sources().popularity.lifts();
  const auto recent = recommender_.sources().popularity.recent_lifts();
  const ChoiceModel& cold = recommender_.cold();
  for (std::size_t at = 1; at < 60; ++at) {
    const auto utility = [&](TitleIndex title) {
      return cold.weights[0] * static_cast<double>(lifts[title]) +
             cold.weights[1] * static_cast<double>(recent[title]);
    };
    EXPECT_GE(utility(next.candidates[at - 1].title) + 1e-5, utility(next.candidates[at].title));
  }
}

TEST_F(RecommenderTest, MoreEvidenceNeverLowersATitle) {
  // The same log, but title 40 came right after title 10 once more often than anything.
  Plays more = plays_;
  for (int viewer = 0; viewer < 30; ++viewer) {
    more.viewers.push_back("more" + std::to_string(viewer));
    more.by_viewer.push_back({{.title = 10, .time = {}}, {.title = 40, .time = {}}});
  }
  const FeatureSources sources = FeatureSources::train(more, 1);
  const std::vector<TitleIndex> history = {10};
  const auto before = recommender_.warm().probabilities(recommender_.sources().features(history));
  const auto after = recommender_.warm().probabilities(sources.features(history));
  EXPECT_GT(after.titles[40], before.titles[40]);
}

TEST_F(RecommenderTest, TheSamePlaysMakeTheSameRecommender) {
  EXPECT_EQ(Recommender::train(plays_), recommender_);
}

TEST_F(RecommenderTest, ExplainsWhatItSays) {
  const std::vector<TitleIndex> history = {20, 21, 22};
  const NextTitles next = recommender_.next(history, 5);
  for (const Candidate& candidate : next.candidates) {
    const auto why = recommender_.explain(history, candidate.title);
    ASSERT_TRUE(why);
    EXPECT_EQ(why->probability, candidate.probability);
    EXPECT_EQ(*std::ranges::max_element(why->contributions), candidate.contribution);
  }
  // Two titles differ in log p by the difference of what their features add.
  const Candidate& first = next.candidates.front();
  const Candidate& last = next.candidates.back();
  double difference = 0;
  for (std::size_t feature = 0; feature < feature_count; ++feature)
    difference += recommender_.explain(history, first.title)->contributions[feature] -
                  recommender_.explain(history, last.title)->contributions[feature];
  EXPECT_NEAR(difference, std::log(first.probability / last.probability), 1e-4);
  EXPECT_EQ(recommender_.explain(history, 21), std::nullopt);
}

TEST_F(RecommenderTest, FindsTitlesByName) {
  EXPECT_EQ(recommender_.find("t13"), TitleIndex{13});
  EXPECT_EQ(recommender_.find("nothing"), std::nullopt);
}

TEST(Recommender, LearnsFromASinglePlay) {
  const auto plays = parse_plays("viewer,title,time\nv,a,1\n", "p");
  ASSERT_TRUE(plays);
  const Recommender recommender = Recommender::train(*plays);
  const NextTitles fresh = recommender.next({}, 10);
  ASSERT_EQ(fresh.candidates.size(), 1U);
  const std::vector<TitleIndex> history = {0};
  const NextTitles next = recommender.next(history, 10);
  EXPECT_TRUE(next.candidates.empty());
  EXPECT_NEAR(next.other, 1, 1e-6);
}

}  // namespace
}  // namespace rung::recommend
