#include "network_sim/transfer_record.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "abr/policy_factory.h"
#include "network_sim/scenario.h"
#include "tests/support/links.h"
#include "tests/support/policies.h"
#include "tests/support/titles.h"

namespace rung::network_sim {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp at(Duration time) { return Timestamp(time); }

TEST(TransferRecord, TellsWhenWhatCameAndWhatTheBufferWas) {
  // 4 s segments of 500,000 bytes at 2000 kbit/s: 2 s each, behind an RTT of 100 ms.
  const media::Tracks tracks{.video = test::uniform_track(3, 4s, {1000}), .audio = std::nullopt};
  const SimulatedTitle title{.name = "t", .known = tracks, .actual = tracks};
  const LinkCapacity link(test::trace_of({{.duration = 60s, .rate = 2000_kbps, .rtt = 100ms}}));
  std::vector<TransferRecord> records;
  const auto outcome =
      simulate({.link = link, .title = title, .session = {}, .viewer = {}, .transfers = &records},
               std::make_unique<test::OneRung>(0), std::make_unique<test::LastThroughput>());
  ASSERT_TRUE(outcome);
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0], (TransferRecord{.segment = 0,
                                        .representation = 0,
                                        .size = ByteCount(500'000),
                                        .requested = at(0s),
                                        .first_byte = at(100ms),
                                        .done = at(2100ms),
                                        .buffer_before = 0s,
                                        .buffer_after = 4s}));
  EXPECT_EQ(records[1].requested, at(2100ms));
  EXPECT_EQ(records[1].done, at(4200ms));
  EXPECT_EQ(records[1].buffer_before, 4s);
  EXPECT_EQ(records[1].buffer_after, 5900ms);
}

TEST(TransferRecord, WhatStillRunsAtTheEndIsNoSegment) {
  // A link on which nothing arrives within the time-outs of any try.
  const media::Tracks tracks{.video = test::uniform_track(3, 4s, {1000}), .audio = std::nullopt};
  const SimulatedTitle title{.name = "t", .known = tracks, .actual = tracks};
  const LinkCapacity link(
      test::trace_of({{.duration = 60s, .rate = BitRate::bits_per_second(1), .rtt = {}}}));
  std::vector<TransferRecord> records;
  const auto outcome =
      simulate({.link = link, .title = title, .session = {}, .viewer = {}, .transfers = &records},
               std::make_unique<test::OneRung>(0), std::make_unique<test::LastThroughput>());
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->report.segments, 0);
  ASSERT_FALSE(records.empty());
  for (const TransferRecord& record : records) EXPECT_TRUE(record.abandoned);
  EXPECT_EQ(records.back().done, at(outcome->report.elapsed));
}

TEST(TransferRecord, AddsUpToTheReport) {
  const media::Tracks tracks = test::video_and_audio(100);
  const SimulatedTitle title{.name = "t", .known = tracks, .actual = tracks};
  const LinkCapacity link(test::trace_of({{.duration = 17s, .rate = 4000_kbps, .rtt = 30ms},
                                          {.duration = 11s, .rate = 300_kbps, .rtt = 80ms},
                                          {.duration = 9s, .rate = BitRate{}, .rtt = {}}}));
  std::vector<TransferRecord> records;
  const auto outcome =
      simulate({.link = link, .title = title, .session = {}, .viewer = {}, .transfers = &records},
               *abr::make_policy("robust-mpc", {}), std::make_unique<test::LastThroughput>());
  ASSERT_TRUE(outcome);
  std::int64_t completed = 0;
  std::int64_t abandoned = 0;
  Timestamp before{};
  for (const TransferRecord& record : records) {
    (record.abandoned ? abandoned : completed) += 1;
    EXPECT_GE(record.requested, before);
    EXPECT_GE(record.done, record.requested);
    EXPECT_GE(record.stalled, Duration::zero());
    EXPECT_LE(record.stalled, record.done - record.requested);
    if (!record.abandoned) {
      EXPECT_TRUE(record.first_byte);
      EXPECT_EQ(record.size, tracks.video->size(record.segment, record.representation));
    }
    before = record.done;
  }
  EXPECT_EQ(completed, outcome->report.segments);
  EXPECT_GT(abandoned, 0);
  EXPECT_GE(outcome->report.abandonments + outcome->report.failures, abandoned);
}

}  // namespace
}  // namespace rung::network_sim
