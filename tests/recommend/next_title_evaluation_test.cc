#include "recommend/next_title_evaluation.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/support/shared_folder.h"
#include "tests/support/viewers.h"

namespace rung::recommend {
namespace {

/// The recommender foresees no worse than any baseline and its probabilities are true.
void expect_best(const Evaluation& evaluation) {
  const MethodScores& ours = evaluation.methods.front();
  EXPECT_EQ(ours.method, "rung");
  for (const MethodScores& baseline : evaluation.methods) {
    EXPECT_GE(ours.ndcg_at_10 + 1e-9, baseline.ndcg_at_10) << baseline.method;
    EXPECT_LE(ours.log_loss, baseline.log_loss + 1e-9) << baseline.method;
  }
}

TEST(NextTitleEvaluation, TheRecommenderIsBestOnViewersWhoFollowAChain) {
  const auto evaluation = evaluate_next_title(test::generated_viewers(600, 80, 15, 2));
  ASSERT_TRUE(evaluation) << evaluation.error().message;
  EXPECT_EQ(evaluation->viewers, 600U);
  EXPECT_EQ(evaluation->plays, 600U * 14);
  const MethodScores& ours = evaluation->methods.front();
  const MethodScores& popularity = evaluation->methods[1];
  EXPECT_GT(ours.ndcg_at_10, popularity.ndcg_at_10 + 0.3);
  EXPECT_LT(ours.log_loss, popularity.log_loss - 1);
  EXPECT_LT(ours.ece_at_10, 0.02);
}

TEST(NextTitleEvaluation, TheMomentForeseesWhatIsPlayedThen) {
  Plays plays = test::generated_viewers(600, 80, 15, 2);
  test::set_moments(plays, 3, 6);
  const auto evaluation = evaluate_next_title(plays);
  ASSERT_TRUE(evaluation) << evaluation.error().message;
  const MethodScores& ours = evaluation->methods[0];
  const MethodScores& any_moment = evaluation->methods[1];
  EXPECT_EQ(any_moment.method, "any-moment");
  EXPECT_LT(ours.log_loss, any_moment.log_loss - 0.1);
  EXPECT_GT(ours.ndcg_at_10, any_moment.ndcg_at_10);
  EXPECT_LT(ours.ece_at_10, 0.02);
}

TEST(NextTitleEvaluation, AMomentThatSaysNothingChangesNothing) {
  Plays plays = test::generated_viewers(600, 80, 15, 2);
  Random random(6);
  plays.devices = {"phone", "tv"};
  for (auto& own : plays.by_viewer)
    for (Play& play : own)
      play.moment = {.hour = static_cast<std::uint8_t>(random.below(24)),
                     .device = static_cast<std::uint8_t>(random.below(2))};
  const auto evaluation = evaluate_next_title(plays);
  ASSERT_TRUE(evaluation) << evaluation.error().message;
  EXPECT_LE(evaluation->methods[0].log_loss, evaluation->methods[1].log_loss + 0.005);
}

TEST(NextTitleEvaluation, NeedsAViewerWithTwoPlays) {
  const auto plays = parse_plays("viewer,title,time\nv,a,1\nw,a,2\n", "p");
  ASSERT_TRUE(plays);
  EXPECT_FALSE(evaluate_next_title(*plays));
}

TEST(NextTitleEvaluation, TheRecommenderIsBestOnPublicPlays) {
  const std::filesystem::path file =
      test::shared_folder() / "recommend/ml-latest-small/ratings.csv";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no public plays at " << file;
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  const auto plays = parse_plays(text.str(), file.string());
  ASSERT_TRUE(plays) << plays.error().message;
  const auto evaluation = evaluate_next_title(*plays, {.fitted_choices = 400});
  ASSERT_TRUE(evaluation) << evaluation.error().message;
  expect_best(*evaluation);
  EXPECT_GT(evaluation->methods.front().ndcg_at_10, 0.07);
  EXPECT_LT(evaluation->methods.front().ece_at_10, 0.01);
}

}  // namespace
}  // namespace rung::recommend
