#include <gtest/gtest.h>

#include "tests/session/driven_session.h"
#include "tests/support/titles.h"

// When a session looks at a transfer that runs.

namespace rung::session {
namespace {

using namespace std::chrono_literals;

class ProgressCadence : public DrivenSession {};

TEST_F(ProgressCadence, LooksAtTransfersTheMoreSeldomTheMoreMediaIsAhead) {
  script_.next.representation = 1;
  open(test::video_only(20), {.policy_starts = true});
  EXPECT_EQ(last_fetch_->first_progress, 250ms);
  EXPECT_EQ(last_fetch_->progress_every, 250ms);
  complete_last(1s);
  complete_last(1s);
  EXPECT_EQ(last_fetch_->first_progress, 3s);  // Of 8 s.
  EXPECT_EQ(last_fetch_->progress_every, 500ms);
}

TEST_F(ProgressCadence, WatchesForSilenceAloneWhatIsNeverGivenUp) {
  open(test::video_only(20), {.policy_starts = true, .abandonment = false});
  EXPECT_EQ(last_fetch_->first_progress, 1500ms);
  EXPECT_EQ(last_fetch_->progress_every, 375ms);
}

TEST_F(ProgressCadence, AsksThePolicyAgainWhenItSays) {
  script_.next = {.representation = 1, .reason = abr::Reason::buffer, .first_look = 1234ms};
  open(test::video_only(20), {.policy_starts = true});
  EXPECT_EQ(last_fetch_->first_progress, 1234ms);
  EXPECT_EQ(last_fetch_->first_progress_early, 0);
  script_.next.first_look = FineDuration(1e9 + 0.25);
  complete_last(500ms);
  EXPECT_EQ(last_fetch_->first_progress, 1s + Duration(1));
  EXPECT_DOUBLE_EQ(last_fetch_->first_progress_early, 0.75);
  script_.next.first_look = FineDuration::max();
  complete_last(1s);
  EXPECT_EQ(last_fetch_->first_progress, 1875ms);  // For silence, of which 3.75 s are too much.
}

}  // namespace
}  // namespace rung::session
