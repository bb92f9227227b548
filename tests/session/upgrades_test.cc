#include <gtest/gtest.h>

#include "tests/session/driven_session.h"
#include "tests/support/titles.h"

// Segments of the buffer that are fetched once more while the link has nothing else to carry.

namespace rung::session {
namespace {

using namespace std::chrono_literals;

/// The buffer is full from 2.1 s on: segments in rungs 4, 4 and 0, of which the first one is shown,
/// and room for the next one comes 2.9 s later.
class UpgradesTest : public DrivenSession {
 protected:
  void fill(double share, bool abandonment = true) {
    SessionOptions options;
    options.buffer_capacity = 12s;
    options.abandonment = abandonment;
    options.upgrade_share = share;
    script_.next.representation = 4;
    open(test::video_only(20), options);
    complete_last(1s, 1'425'000_bytes);
    script_.next.representation = 0;
    complete_last(2s, 1'425'000_bytes);
    script_.next.representation = 5;
    complete_last(2100ms, 150'000_bytes);
  }
};

TEST_F(UpgradesTest, AreNotAskedForUnlessTheyAreWanted) {
  fill(0);
  EXPECT_EQ(count<FetchSegment>(), 3);
  EXPECT_EQ(session_->report().upgrades, 0);
}

TEST_F(UpgradesTest, ALowSegmentIsFetchedOnceMoreWhileThereIsNoRoomForTheNext) {
  fill(0.5);
  ASSERT_EQ(count<FetchSegment>(), 4);
  EXPECT_EQ(last_fetch_->segment, 2);
  EXPECT_EQ(last_fetch_->reason, abr::Reason::upgrade);
  EXPECT_EQ(last_fetch_->representation, 4U);
  complete_last(3200ms, 1'425'000_bytes);
  const SessionReport report = session_->report();
  EXPECT_EQ(report.upgrades, 1);
  EXPECT_EQ(report.replaced, 150'000_bytes);
  EXPECT_EQ(report.segments, 3);
  EXPECT_EQ(report.discarded, 0_bytes);
}

TEST_F(UpgradesTest, StayWithinTheShareOfWhatIsNotShown) {
  // Of 3 MB 150 kB may be thrown away at 5 %.
  fill(0.049);
  EXPECT_EQ(count<FetchSegment>(), 3);
  fill(0.051);
  EXPECT_EQ(count<FetchSegment>(), 3 + 4);
}

TEST_F(UpgradesTest, OneThatTheOutputCouldNotTakeIsCountedAsThrownAway) {
  fill(0.5);
  tell(TransferCompleted{.at = at(3500ms),
                         .transfer = last_fetch_->transfer,
                         .first_byte = at(3s),
                         .size = 1'000'000_bytes,
                         .late = true});
  EXPECT_EQ(session_->report().upgrades, 0);
  EXPECT_EQ(session_->report().replaced, 1'000'000_bytes);
}

TEST_F(UpgradesTest, OneThatWillBeLateIsGivenUpAndTheNextSegmentGoesOn) {
  fill(0.5);
  const TransferId upgrade = last_fetch_->transfer;
  tell(TransferProgressed{.at = at(4s),
                          .transfer = upgrade,
                          .first_byte = at(2200ms),
                          .received = 1000_bytes,
                          .expected = 1'425'000_bytes});
  EXPECT_EQ(count<CancelTransfer>(), 1);
  EXPECT_EQ(session_->report().abandonments, 1);
  EXPECT_EQ(session_->report().discarded, 1000_bytes);
  EXPECT_EQ(count<FetchSegment>(), 4) << "it is not tried again at once";
  ASSERT_EQ(session_->wake_at(), at(5s));
  tell(TimeReached{at(5s)});
  EXPECT_EQ(last_fetch_->segment, 3);
  EXPECT_EQ(last_fetch_->representation, 5U);
}

TEST_F(UpgradesTest, OneThatWillBeLateIsGivenUpAlsoWhereTransfersOfTheTitleAreNot) {
  fill(0.5, false);
  tell(TransferProgressed{.at = at(4s),
                          .transfer = last_fetch_->transfer,
                          .first_byte = at(2200ms),
                          .received = 1000_bytes,
                          .expected = 1'425'000_bytes});
  EXPECT_EQ(count<CancelTransfer>(), 1);
}

TEST_F(UpgradesTest, OneThatHoldsUpTheNextSegmentForLongIsGivenUp) {
  fill(0.5);
  // The rest takes 4 s. It is shown in 5 s, but the next segment is due in one.
  tell(TransferProgressed{.at = at(4s),
                          .transfer = last_fetch_->transfer,
                          .first_byte = at(2200ms),
                          .received = 442'241_bytes,
                          .expected = 1'425'000_bytes});
  EXPECT_EQ(count<CancelTransfer>(), 1);
}

TEST_F(UpgradesTest, OneThatFailsCostsNothingOfTheSegmentThatIsThere) {
  fill(0.5);
  fail_last(3200ms, FailureKind::http_status, 404);
  EXPECT_EQ(session_->report().fallbacks, 0);
  EXPECT_EQ(count<FetchSegment>(), 4);
  tell(TimeReached{at(5s)});
  EXPECT_EQ(session_->buffer().level(), 8s);
  EXPECT_EQ(last_fetch_->segment, 3);
}

TEST_F(UpgradesTest, WhileAViewerPinsARungThereAreNone) {
  SessionOptions options;
  options.upgrade_share = 0.5;
  options.buffer_capacity = 12s;
  script_.next.representation = 4;
  open(test::video_only(20), options);
  tell(ViewerPinned{at(500ms), 0});
  for (int i = 1; i <= 3; ++i) complete_last(i * 1s, 1'425'000_bytes);
  EXPECT_EQ(count<FetchSegment>(), 3);
}

TEST_F(UpgradesTest, GoOnWhenTheWholeTitleIsThere) {
  SessionOptions options;
  options.upgrade_share = 0.5;
  script_.next.representation = 4;
  open(test::video_only(4), options);
  complete_last(1s, 1'425'000_bytes);
  script_.next.representation = 0;
  complete_last(1500ms, 1'425'000_bytes);
  script_.next.representation = 4;
  complete_last(1600ms, 150'000_bytes);
  complete_last(2s, 1'425'000_bytes);
  ASSERT_EQ(count<FetchSegment>(), 5);
  EXPECT_EQ(last_fetch_->segment, 2);
  complete_last(2300ms, 1'425'000_bytes);
  EXPECT_EQ(session_->report().upgrades, 1);
  tell(TimeReached{at(17s)});
  EXPECT_EQ(session_->report().end, EndReason::played_out);
}

}  // namespace
}  // namespace rung::session
