#include "session/timeline.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "network_sim/scenario.h"
#include "tests/support/links.h"
#include "tests/support/policies.h"
#include "tests/support/titles.h"

namespace rung::network_sim {
namespace {

using namespace std::chrono_literals;
using session::Timeline;

constexpr Timestamp at(Duration time) { return Timestamp(time); }

TEST(Timeline, HasTheInstantAtWhichTheBufferRanDryAndEveryArrival) {
  // 4 s segments of 500,000 bytes: the first one takes 2 s, each other 8 s.
  const media::Tracks tracks{.video = test::uniform_track(3, 4s, {1000}), .audio = std::nullopt};
  const SimulatedTitle title{.name = "t", .known = tracks, .actual = tracks};
  const LinkCapacity link(test::trace_of({{.duration = 2s, .rate = 2000_kbps, .rtt = {}},
                                          {.duration = 60s, .rate = 500_kbps, .rtt = {}}}));
  Timeline timeline;
  const auto outcome =
      simulate({.link = link, .title = title, .session = {}, .viewer = {}, .timeline = &timeline},
               std::make_unique<test::OneRung>(0), std::make_unique<test::LastThroughput>());
  ASSERT_TRUE(outcome);
  EXPECT_EQ(timeline.started, at(2s));
  EXPECT_EQ(timeline.end, at(22s));
  const std::vector<Timeline::Point> points{
      {at(0s), 0s},  {at(2s), 0s},  {at(2s), 4s},  {at(6s), 0s},  {at(10s), 0s},
      {at(10s), 4s}, {at(14s), 0s}, {at(18s), 0s}, {at(18s), 4s}, {at(22s), 0s}};
  EXPECT_EQ(timeline.buffer, points);
  const std::vector<Timeline::Span> stalls{{at(6s), at(10s)}, {at(14s), at(18s)}};
  EXPECT_EQ(timeline.stalls, stalls);
  ASSERT_EQ(timeline.transfers.size(), 3U);
  EXPECT_EQ(timeline.transfers[1], (Timeline::Transfer{.begin = at(2s),
                                                       .end = at(10s),
                                                       .bandwidth = 1000_kbps,
                                                       .received = ByteCount(500'000),
                                                       .complete = true}));
}

TEST(Timeline, ChangesNothingOfTheSession) {
  const media::Tracks tracks{.video = test::uniform_track(6, 4s, {300, 1000}),
                             .audio = std::nullopt};
  const SimulatedTitle title{.name = "t", .known = tracks, .actual = tracks};
  const LinkCapacity link(test::trace_of({{.duration = 3s, .rate = 900_kbps, .rtt = {}},
                                          {.duration = 5s, .rate = 200_kbps, .rtt = {}}}));
  Timeline timeline;
  const auto run = [&](Timeline* into) {
    return simulate({.link = link, .title = title, .session = {}, .viewer = {}, .timeline = into},
                    std::make_unique<test::BestCarried>(),
                    std::make_unique<test::LastThroughput>());
  };
  const auto drawn = run(&timeline);
  const auto plain = run(nullptr);
  ASSERT_TRUE(drawn && plain);
  EXPECT_EQ(*drawn, *plain);
  Duration stalled{};
  for (const Timeline::Span& stall : timeline.stalls) stalled += stall.end - stall.begin;
  EXPECT_EQ(stalled, plain->report.stalled);
  EXPECT_EQ(timeline.started, at(plain->report.startup_delay));
}

}  // namespace
}  // namespace rung::network_sim
