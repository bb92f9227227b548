#include "prefetch/prefetching_session.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "abr/estimator_factory.h"
#include "prefetch/planner.h"
#include "session/run.h"
#include "tests/support/policies.h"
#include "tests/support/titles.h"

namespace rung::prefetch {
namespace {

using namespace std::chrono_literals;
using namespace rung::literals;
using session::CancelTransfer;
using session::Event;
using session::FetchManifest;
using session::FetchSegment;
using session::Purpose;
using session::Request;

static_assert(session::Session<PrefetchingSession>);

/// A session of a title of three segments of 4 s with a buffer of 8 s, told by hand.
class PrefetchingSessionTest : public testing::Test {
 protected:
  PrefetchingSessionTest() {
    const auto options = session::validate({.buffer_capacity = 12s}, tracks_);
    EXPECT_TRUE(options);
    title_.emplace(tracks_, *options, std::make_unique<test::OneRung>(0),
                   std::make_unique<test::LastThroughput>());
  }
  void open(std::vector<Candidate> candidates, Policy* policy) {
    session_.emplace(
        *title_, policy, std::move(candidates), [this](std::size_t) { return revealed_; },
        [this](TransferId) { return progress_; }, PrefetchingSession::Options{});
    tell(session::TimeReached{Timestamp{}});
  }
  /// With another buffer than that of 12 s.
  void open_with_capacity(Duration capacity, std::unique_ptr<abr::ThroughputEstimator> estimator =
                                                 std::make_unique<test::LastThroughput>()) {
    const auto options = session::validate({.buffer_capacity = capacity}, tracks_);
    ASSERT_TRUE(options);
    title_.emplace(tracks_, *options, std::make_unique<test::OneRung>(0), std::move(estimator));
    session_.emplace(
        *title_, &planner_, std::vector<Candidate>{{.probability = 0.9}},
        [this](std::size_t) { return revealed_; }, [this](TransferId) { return progress_; },
        PrefetchingSession::Options{.buffer_capacity = capacity});
    tell(session::TimeReached{Timestamp{}});
  }
  void tell(const Event& event) {
    asked_.clear();
    session_->handle(event);
    while (const auto request = session_->next_request()) asked_.push_back(*request);
  }
  void complete(TransferId transfer, Duration at, ByteCount size = 150'000_bytes) {
    tell(session::TransferCompleted{.at = Timestamp(at),
                                    .transfer = transfer,
                                    .first_byte = Timestamp(at - 10ms),
                                    .size = size});
  }
  template <typename T>
  std::optional<T> asked() const {
    for (const Request& request : asked_)
      if (const auto* found = std::get_if<T>(&request)) return *found;
    return std::nullopt;
  }
  /// Three segments of the title are there after 600 ms, which fills the buffer.
  void fill() {
    for (int i = 1; i <= 3; ++i) {
      const auto fetch = asked<FetchSegment>();
      ASSERT_TRUE(fetch);
      ASSERT_EQ(fetch->purpose, Purpose::playback);
      complete(fetch->transfer, 200ms * i);
    }
  }

  media::Tracks tracks_ = test::video_only(30);
  media::Tracks next_ = test::video_only(10);
  const media::Tracks* revealed_ = &next_;
  std::optional<session::StreamingSession> title_;
  Planner planner_;
  std::optional<PrefetchingSession> session_;
  std::optional<session::TransferProgressed> progress_;  ///< Of the title's transfer.
  std::vector<Request> asked_;
};

TEST_F(PrefetchingSessionTest, FetchesAheadOnlyWhileTheTitleLeavesTheLinkIdle) {
  open({{.probability = 0.9}}, &planner_);
  EXPECT_FALSE(asked<FetchManifest>()) << "the title's first segment is under way";
  fill();
  const auto manifest = asked<FetchManifest>();
  ASSERT_TRUE(manifest);
  EXPECT_GT(manifest->transfer, PrefetchingSession::last_of_title);
  complete(manifest->transfer, 700ms, 5000_bytes);
  const auto head = asked<FetchSegment>();
  ASSERT_TRUE(head);
  EXPECT_EQ(head->purpose, Purpose::prefetch);
  EXPECT_EQ(head->representation, 0U);
  complete(head->transfer, 900ms);
  EXPECT_EQ(session_->fetched()[0].held.size(), 1U);
  EXPECT_EQ(session_->report().received, 155'000_bytes);
}

TEST_F(PrefetchingSessionTest, TheTitleTakesItsLinkBackAtOnce) {
  open({{.probability = 0.9}}, &planner_);
  fill();
  const auto manifest = asked<FetchManifest>();
  ASSERT_TRUE(manifest);
  const Timestamp next = title_->next_fetch_at();
  EXPECT_EQ(session_->wake_at(), next);
  tell(session::TimeReached{next});
  ASSERT_GE(asked_.size(), 2U);
  EXPECT_EQ(std::get<CancelTransfer>(asked_[0]).transfer, manifest->transfer);
  EXPECT_EQ(std::get<FetchSegment>(asked_[1]).purpose, Purpose::playback);
  EXPECT_EQ(session_->report().cancelled, 1);
}

TEST_F(PrefetchingSessionTest, ATitleWithEnoughInItsBufferWaitsOnceBeforeASegment) {
  open_with_capacity(40s);
  for (int i = 1; i <= 3; ++i) {
    const auto fetch = asked<FetchSegment>();
    ASSERT_TRUE(fetch && fetch->purpose == Purpose::playback) << i;
    complete(fetch->transfer, 100ms * i);
  }
  const auto manifest = asked<FetchManifest>();
  ASSERT_TRUE(manifest) << "nearly 12 s are in the buffer";
  EXPECT_EQ(asked_.size(), 1U) << "the title waits";
  EXPECT_GT(session_->wake_at(), Timestamp(300ms));
  EXPECT_LE(session_->wake_at(), Timestamp(1s)) << "when 11 s are left";
  complete(manifest->transfer, 400ms, 5000_bytes);
  const auto next = asked<FetchSegment>();
  ASSERT_TRUE(next);
  EXPECT_EQ(next->purpose, Purpose::playback) << "it has waited once";
  complete(next->transfer, 600ms);
  const auto head = asked<FetchSegment>();
  ASSERT_TRUE(head);
  EXPECT_EQ(head->purpose, Purpose::prefetch);
  const Timestamp expected = session_->wake_at();
  tell(session::TimeReached{expected});
  ASSERT_EQ(asked_.size(), 1U) << "the head must be there in a moment";
  EXPECT_EQ(std::get<FetchSegment>(asked_[0]).purpose, Purpose::playback);
  const Timestamp enough = session_->wake_at();
  EXPECT_GT(enough, expected);
  tell(session::TimeReached{enough});
  ASSERT_EQ(asked_.size(), 1U) << "it took too long";
  EXPECT_EQ(std::get<CancelTransfer>(asked_[0]).transfer, head->transfer);
  EXPECT_EQ(session_->report().cancelled, 1);
}

TEST_F(PrefetchingSessionTest, ATitleDoesNotWaitForItsOwnRoundTrip) {
  open_with_capacity(40s, *abr::make_estimator("ewma"));
  // A latency of 90 ms, then 10 ms for 150,000 bytes.
  for (int i = 1; i <= 3; ++i) complete(asked<FetchSegment>()->transfer, 100ms * i);
  const auto manifest = asked<FetchManifest>();
  ASSERT_TRUE(manifest && asked_.size() == 1);
  const Timestamp asks = session_->wake_at();
  EXPECT_LT(asks, Timestamp(300ms + 90ms)) << "its bytes begin to come only then";
  tell(session::TimeReached{asks});
  ASSERT_EQ(asked_.size(), 1U);
  EXPECT_EQ(std::get<FetchSegment>(asked_[0]).purpose, Purpose::playback);
  complete(manifest->transfer, 400ms, 5000_bytes);
  EXPECT_TRUE(asked_.empty()) << "the title has the link";
  EXPECT_EQ(session_->report().transfers, 1);
}

TEST_F(PrefetchingSessionTest, APrefetchIsAskedForARoundTripBeforeTheTitlesTransferEnds) {
  open_with_capacity(40s, *abr::make_estimator("ewma"));
  // A latency of 100 ms, then a second for each of 4 s.
  Timestamp at{};
  const auto next = [&] {
    const auto fetch = asked<FetchSegment>();
    ASSERT_TRUE(fetch && fetch->purpose == Purpose::playback);
    tell(session::TransferCompleted{.at = at + 1100ms,
                                    .transfer = fetch->transfer,
                                    .first_byte = at + 100ms,
                                    .size = 150'000_bytes});
    at += 1100ms;
  };
  for (int i = 1; i <= 3; ++i) next();
  const auto running = asked<FetchSegment>();
  ASSERT_TRUE(running);
  EXPECT_LT(title_->buffer().level(), 11s) << "the title cannot wait yet";
  // What has come says that the transfer takes half as long as was forecast.
  progress_ = {.transfer = running->transfer, .first_byte = at + 100ms, .expected = 150'000_bytes};
  while (!asked<FetchManifest>()) {
    const Timestamp wakes = session_->wake_at();
    ASSERT_LT(wakes, at + 600ms);
    progress_->at = wakes;
    progress_->received = 2'400_kbps * std::max(wakes - at - 100ms, Duration());
    tell(session::TimeReached{wakes});
    ASSERT_TRUE(asked_.empty() || asked<FetchManifest>());
  }
  const Duration before = at + 600ms - progress_->at;
  EXPECT_GE(before, 60ms);
  EXPECT_LE(before, 140ms);
  tell(session::TransferCompleted{.at = at + 600ms,
                                  .transfer = running->transfer,
                                  .first_byte = at + 100ms,
                                  .size = 150'000_bytes});
  EXPECT_FALSE(asked<CancelTransfer>());
}

TEST_F(PrefetchingSessionTest, WhatIsNearlyOverIsGivenUpWhereTheViewerSeeks) {
  open_with_capacity(40s);
  for (int i = 1; i <= 3; ++i) complete(asked<FetchSegment>()->transfer, 100ms * i);
  const auto manifest = asked<FetchManifest>();
  ASSERT_TRUE(manifest);
  const Timestamp asks = session_->wake_at();
  tell(session::TimeReached{asks});
  ASSERT_TRUE(asked<FetchSegment>());
  ASSERT_FALSE(asked<CancelTransfer>());
  tell(session::ViewerSought{.at = asks, .to = MediaTime(80s)});
  bool given_up = false;
  for (const Request& request : asked_)
    if (const auto* cancel = std::get_if<CancelTransfer>(&request))
      given_up |= cancel->transfer == manifest->transfer;
  EXPECT_TRUE(given_up);
}

TEST_F(PrefetchingSessionTest, ATitleThatSeeksWaitsNoMore) {
  open_with_capacity(40s);
  for (int i = 1; i <= 3; ++i) complete(asked<FetchSegment>()->transfer, 100ms * i);
  const auto manifest = asked<FetchManifest>();
  ASSERT_TRUE(manifest);
  tell(session::ViewerSought{.at = Timestamp(410ms), .to = MediaTime(80s)});
  const auto cancel = asked<CancelTransfer>();
  ASSERT_TRUE(cancel);
  EXPECT_EQ(cancel->transfer, manifest->transfer);
  const auto fetch = asked<FetchSegment>();
  ASSERT_TRUE(fetch);
  EXPECT_EQ(fetch->purpose, Purpose::playback);
}

TEST_F(PrefetchingSessionTest, ATitleThatPlaysTwiceAsFastWaitsHalfAsLong) {
  open_with_capacity(40s);
  auto fetch = asked<FetchSegment>();
  tell(session::ViewerChangedSpeed{.at = Timestamp(0ms), .speed = Speed::of_percent(200)});
  for (int i = 1; fetch && fetch->purpose == Purpose::playback; ++i) {
    complete(fetch->transfer, 100ms * i);
    fetch = asked<FetchSegment>();
  }
  ASSERT_TRUE(asked<FetchManifest>());
  const Duration level = title_->buffer().level();
  EXPECT_GT(level, 20s) << "10 s, half of what the buffer holds, are safe";
  const Timestamp until = session_->wake_at();
  tell(session::TimeReached{until});
  EXPECT_TRUE(asked<FetchSegment>());
  EXPECT_GE(title_->buffer().level(), 20s - 1ms);
}

TEST_F(PrefetchingSessionTest, ATitleWaitsNoMoreWhereItsBufferIsDrainedSooner) {
  open_with_capacity(40s);
  for (int i = 1; i <= 3; ++i) complete(asked<FetchSegment>()->transfer, 100ms * i);
  ASSERT_TRUE(asked<FetchManifest>());
  ASSERT_EQ(asked_.size(), 1U) << "the title waits";
  tell(session::ViewerChangedSpeed{.at = Timestamp(310ms), .speed = Speed::of_percent(200)});
  EXPECT_TRUE(asked<CancelTransfer>());
  const auto fetch = asked<FetchSegment>();
  ASSERT_TRUE(fetch);
  EXPECT_EQ(fetch->purpose, Purpose::playback);
}

/// Notes where the title is.
class Onlooker final : public Policy {
 public:
  std::vector<Wish> wishes(const View& view) override {
    position = view.position;
    return {};
  }
  Duration position{};
};

TEST_F(PrefetchingSessionTest, APolicyIsToldWhereTheTitleIsAlsoAfterASeek) {
  Onlooker onlooker;
  open({{.probability = 0.9}}, &onlooker);
  fill();
  EXPECT_LT(onlooker.position, 1s);
  tell(session::ViewerSought{.at = Timestamp(700ms), .to = MediaTime(80s)});
  for (int i = 1; i <= 3; ++i) complete(asked<FetchSegment>()->transfer, 700ms + 100ms * i);
  EXPECT_GE(onlooker.position, 80s);
  EXPECT_LT(onlooker.position, 81s);
}

TEST_F(PrefetchingSessionTest, GivesUpWhatIsNoLongerWishedFor) {
  open({{.probability = 0.9}, {.probability = 0.05}}, &planner_);
  fill();
  const auto manifest = asked<FetchManifest>();
  ASSERT_TRUE(manifest);
  EXPECT_EQ(manifest->title, 0U);
  const std::vector<Candidate> likely{{.probability = 0.8}, {.probability = 0.1}};
  session_->guess(likely);
  EXPECT_FALSE(session_->next_request()) << "it is still wished for";
  const std::vector<Candidate> other{{.probability = 0.0}, {.probability = 0.9}};
  session_->guess(other);
  EXPECT_EQ(session_->next_request(), Request(CancelTransfer{manifest->transfer}));
  const auto next = session_->next_request();
  ASSERT_TRUE(next);
  EXPECT_EQ(std::get<FetchManifest>(*next).title, 1U);
}

TEST_F(PrefetchingSessionTest, LeavesATitleAloneThatFails) {
  open({{.probability = 0.9}}, &planner_);
  fill();
  const auto manifest = asked<FetchManifest>();
  ASSERT_TRUE(manifest);
  tell(session::TransferFailed{.at = Timestamp(700ms),
                               .transfer = manifest->transfer,
                               .kind = session::FailureKind::http_status,
                               .http_status = 404,
                               .received = 0_bytes,
                               .retry_after = std::nullopt});
  EXPECT_FALSE(asked<FetchManifest>());
  EXPECT_FALSE(session_->running());
  EXPECT_EQ(session_->report().failures, 1);
  EXPECT_EQ(title_->report().failures, 0) << "it is no failure of the title that plays";
}

TEST_F(PrefetchingSessionTest, WithoutAPolicyItIsTheTitlesSession) {
  open({{.probability = 0.9}}, nullptr);
  fill();
  EXPECT_TRUE(asked_.empty() || !asked<FetchManifest>());
  EXPECT_EQ(session_->wake_at(), title_->wake_at());
}

TEST(HeldSegments, AreChosenAsTheyAreAndSayNothingAboutTheLink) {
  const media::Tracks tracks = test::video_only(10);
  session::StreamingSession session(tracks, *session::validate({}, tracks),
                                    std::make_unique<test::OneRung>(0),
                                    std::make_unique<test::LastThroughput>());
  session.hold({{media::TrackKind::video, 0, 4, 1'000'000_bytes}});
  session.handle(session::TimeReached{Timestamp{}});
  const auto request = session.next_request();
  ASSERT_TRUE(request);
  const auto& fetch = std::get<FetchSegment>(*request);
  EXPECT_EQ(fetch.representation, 4U);
  EXPECT_EQ(fetch.reason, abr::Reason::prefetched);
  session.handle(session::TransferCompleted{.at = Timestamp{},
                                            .transfer = fetch.transfer,
                                            .first_byte = Timestamp{},
                                            .size = 1'000'000_bytes,
                                            .held = true});
  EXPECT_FALSE(session.forecast());
  EXPECT_EQ(session.report().startup_delay, 0s);
  EXPECT_EQ(session.report().received, 0_bytes);
}

}  // namespace
}  // namespace rung::prefetch
