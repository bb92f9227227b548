#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "session/streaming_session.h"
#include "tests/support/policies.h"

namespace rung::session {

/// Chooses what it is told to, and abandons towards `abandon_to`.
class ToldPolicy : public abr::Policy {
 public:
  struct Script {
    abr::Decision next;
    std::optional<RepresentationIndex> abandon_to;
    std::optional<abr::Forecast> forecast = {};  ///< What it was shown last.
    int asked = 0;
    int seeks = 0;
  };
  explicit ToldPolicy(Script& script) : script_(script) {}
  abr::Decision choose(const abr::DecisionContext& context) override {
    ++script_.asked;
    script_.forecast = context.forecast;
    return script_.next;
  }
  std::optional<RepresentationIndex> reconsider(const abr::TransferContext&) override {
    return script_.abandon_to;
  }
  void on_seek() override { ++script_.seeks; }

 private:
  Script& script_;
};

/// Drives one session by hand: tells facts at a time, and collects what it asks for.
class DrivenSession : public testing::Test {
 protected:
  void open(const media::Tracks& tracks, SessionOptions options = {}) {
    const auto valid = validate(options, tracks);
    ASSERT_TRUE(valid) << valid.error().message;
    tracks_ = tracks;
    session_.emplace(tracks_, *valid, std::make_unique<ToldPolicy>(script_),
                     std::make_unique<test::LastThroughput>());
    tell(TimeReached{});
  }

  void tell(const Event& event) {
    session_->handle(event);
    while (const auto request = session_->next_request()) {
      if (const auto* fetch = std::get_if<FetchSegment>(&*request)) last_fetch_ = *fetch;
      requests_.push_back(*request);
    }
  }
  void complete_last(Duration when, ByteCount size = 100'000_bytes) {
    tell(TransferCompleted{
        .at = at(when), .transfer = last_fetch_->transfer, .first_byte = at(when), .size = size});
  }
  void fail_last(Duration when, FailureKind kind, int status = 0,
                 std::optional<Duration> retry_after = std::nullopt) {
    tell(TransferFailed{.at = at(when),
                        .transfer = last_fetch_->transfer,
                        .kind = kind,
                        .http_status = status,
                        .received = 0_bytes,
                        .retry_after = retry_after});
  }
  /// The next `segments` are missing in all representations.
  void lose_segments(int segments, Duration when) {
    const SegmentNumber first = last_fetch_->segment;
    const media::TrackKind track = last_fetch_->track;
    while (last_fetch_->track == track && last_fetch_->segment < first + segments) {
      const TransferId failed = last_fetch_->transfer;
      fail_last(when, FailureKind::http_status, 404);
      if (last_fetch_->transfer == failed) return;
    }
  }
  /// Nothing has come of the last transfer.
  void silent_until(Duration when) {
    tell(TransferProgressed{.at = at(when),
                            .transfer = last_fetch_->transfer,
                            .first_byte = std::nullopt,
                            .received = 0_bytes,
                            .expected = std::nullopt});
  }
  template <typename T>
  int count() const {
    return static_cast<int>(std::ranges::count_if(
        requests_, [](const Request& request) { return std::holds_alternative<T>(request); }));
  }
  SeekPlayback last_seek() const {
    SeekPlayback last;
    for (const Request& request : requests_)
      if (const auto* seek = std::get_if<SeekPlayback>(&request)) last = *seek;
    return last;
  }
  static Timestamp at(Duration since_start) { return Timestamp(since_start); }

  ToldPolicy::Script script_{.next = {.representation = 2, .reason = abr::Reason::throughput}};
  media::Tracks tracks_;
  std::optional<StreamingSession> session_;
  std::vector<Request> requests_;
  std::optional<FetchSegment> last_fetch_;
};

}  // namespace rung::session
