#include "session/session_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <string_view>

#include "tests/support/titles.h"

namespace rung::session {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(SessionOptions, DefaultsFitOrdinaryTitles) {
  for (const Duration segment : {Duration(1s), Duration(2s), Duration(4s), Duration(10s)}) {
    const auto options = validate({}, test::video_and_audio(20, segment));
    ASSERT_TRUE(options) << to_string(options.error());
    EXPECT_EQ(*options, SessionOptions{});
  }
}

struct Refused {
  std::string_view name;
  std::function<void(SessionOptions&)> change;
  std::string_view message;
};

class RefusedOption : public testing::TestWithParam<Refused> {};

TEST_P(RefusedOption, IsNamed) {
  SessionOptions options;
  GetParam().change(options);
  const auto checked = validate(options, test::video_only(20));
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(checked.error().message, HasSubstr(std::string(GetParam().message)));
}

const Refused refused[] = {
    {"NoCapacity", [](auto& o) { o.buffer_capacity = 0s; }, "buffer_capacity"},
    {"CapacityOfAYear", [](auto& o) { o.buffer_capacity = 24h * 365; }, "buffer_capacity"},
    {"NegativeStartup", [](auto& o) { o.startup_level = -1ns; }, "startup_level"},
    {"NoResume", [](auto& o) { o.resume_level = 0s; }, "resume_level"},
    {"NoDelayTarget", [](auto& o) { o.startup_delay_target = 0s; }, "startup_delay_target"},
    {"NoIdleTimeout", [](auto& o) { o.idle_timeout = 0s; }, "idle_timeout"},
    {"NoTransferTimeout", [](auto& o) { o.transfer_timeout = 0s; }, "transfer_timeout"},
    {"MaxBeforeTarget",
     [](auto& o) {
       o.live_delay = 6s;
       o.live_delay_max = 5s;
     },
     "live_delay_max"},
    {"AsFastAsNobodyHears", [](auto& o) { o.live_fastest = Speed::of_percent(200); },
     "live_fastest"},
    {"NoProgress", [](auto& o) { o.progress_every = 0s; }, "progress_every"},
    {"NoAttempt", [](auto& o) { o.max_attempts = 0; }, "max_attempts"},
    {"EndlessAttempts", [](auto& o) { o.max_attempts = 101; }, "max_attempts"},
    {"BackoffUpsideDown",
     [](auto& o) {
       o.backoff_base = 2s;
       o.backoff_max = 1s;
     },
     "backoff_max"},
    {"NegativeRetryAfter", [](auto& o) { o.retry_after_max = -1s; }, "retry_after_max"},
    {"ExpectedThroughputOfNothing", [](auto& o) { o.expected_throughput = BitRate(); },
     "expected_throughput"},
    {"SeekBeyondTheTitle",
     [](auto& o) { o.seek = SessionOptions::Seek{.fetched = MediaTime(0s), .to = MediaTime(1h)}; },
     "seek"},
    {"SeekBeforeTheStart",
     [](auto& o) { o.seek = SessionOptions::Seek{.fetched = MediaTime(0s), .to = MediaTime(-1s)}; },
     "seek"},
    {"NegativePenalty", [](auto& o) { o.qoe.rebuffer_penalty = -1; }, "QoE"},
    {"PenaltyThatIsNoNumber",
     [](auto& o) { o.qoe.switch_penalty = std::numeric_limits<double>::quiet_NaN(); }, "QoE"},
    // What each allows alone would together wait for ever.
    {"CapacityBelowResumeAndSegment",
     [](auto& o) {
       o.buffer_capacity = 8s - 1ns;
       o.resume_level = 4s;
     },
     "buffer_capacity"},
    {"CapacityBelowStartupAndSegment",
     [](auto& o) {
       o.buffer_capacity = 10s;
       o.startup_level = 6s + 1ns;
     },
     "buffer_capacity"},
};

INSTANTIATE_TEST_SUITE_P(SessionOptions, RefusedOption, testing::ValuesIn(refused),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(SessionOptions, CapacityMayBeExactlyWhatIsNeeded) {
  // A segment counts one nanosecond more than its ticks, for the rounding of its two ends.
  const SessionOptions options{.buffer_capacity = 8s + 1ns, .resume_level = 4s};
  const auto checked = validate(options, test::video_only(20));
  EXPECT_TRUE(checked) << to_string(checked.error());
}

TEST(SessionOptions, TheLongestSegmentOfEitherTrackCounts) {
  media::Tracks tracks = test::video_only(20, 2s);
  tracks.audio = test::uniform_track(4, 10s, {64});
  const SessionOptions options{.buffer_capacity = 8s, .resume_level = 2s};
  EXPECT_FALSE(validate(options, tracks));
  tracks.audio.reset();
  EXPECT_TRUE(validate(options, tracks));
}

TEST(SessionOptions, ATitleWithoutTracksIsRefused) { EXPECT_FALSE(validate({}, media::Tracks{})); }

}  // namespace
}  // namespace rung::session
