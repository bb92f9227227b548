#include "network_sim/agreement.h"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "abr/estimator_factory.h"
#include "abr/policy_factory.h"
#include "network_sim/measured_log.h"
#include "network_sim/scenario.h"
#include "session/recorded_session.h"
#include "session/session_log.h"
#include "session/session_options.h"
#include "tests/support/links.h"
#include "tests/support/titles.h"

namespace rung::network_sim {
namespace {

using namespace std::chrono_literals;

constexpr const char* capacity =
    "start_time,bandwidth\n"
    "2023-01-24T00:34:00.000000,8\n"
    "2023-01-24T00:34:05.000000,4.0\n"
    "2023-01-24T00:34:10.000000,0.8\n";
constexpr const char* log =
    "start_time,end_time,size,trans_time,min_rtt\n"
    "2023-01-24T00:34:01.000Z,2023-01-24T00:34:01.550Z,500,550,50\n"
    "2023-01-24T00:34:02Z,2023-01-24T00:34:03Z,1000,1000,\n"
    "2023-01-24T00:34:06Z,2023-01-24T00:34:06Z,1,0,50\n"
    "2023-01-24T00:34:07Z,2023-01-24T00:34:08Z,10,1000,50\n"
    "2023-01-24T00:34:07.500Z,2023-01-24T00:34:08.500Z,10,1000,50\n"
    "2023-01-24T00:34:14.5Z,2023-01-24T00:34:14.9Z,200,400,0\n"
    "2023-01-24T00:34:20Z,2023-01-24T00:34:21Z,10,1000,0\n";

TEST(MeasuredLog, CountsFromTheStartOfTheCapacity) {
  const auto known = read_measured_capacity(capacity, "capacity");
  ASSERT_TRUE(known) << to_string(known.error());
  EXPECT_EQ(known->trace.duration(), 15s);  // The last one holds as long as the one before.
  EXPECT_EQ(known->trace.pieces()[2].rate, 800_kbps);
  const auto transfers = read_measured_transfers(log, "log", known->began);
  ASSERT_TRUE(transfers) << to_string(transfers.error());
  ASSERT_EQ(transfers->size(), 7U);
  EXPECT_EQ((*transfers)[0],
            (MeasuredTransfer{Timestamp(1s), Timestamp(1550ms), 500'000_bytes, Duration(50ms)}));
  EXPECT_EQ((*transfers)[1].rtt, std::nullopt);
}

TEST(MeasuredLog, TellsTheLineThatCannotBeRead) {
  const auto error_of = [](const std::string& text) {
    const auto read = read_measured_transfers(text, "log", Duration::zero());
    return read ? std::string() : to_string(read.error());
  };
  const std::string head = "start_time,end_time,size\n";
  EXPECT_EQ(error_of("start_time,size\n"), "log line 1: there is no column end_time");
  EXPECT_NE(error_of(head + "yesterday,2023-01-24T00:34:01Z,1\n").find("log line 2"),
            std::string::npos);
  EXPECT_NE(error_of(head + "2023-01-24T00:34:02Z,2023-01-24T00:34:01Z,1\n").find("ends before"),
            std::string::npos);
  EXPECT_NE(error_of(head + "2023-01-24T00:34:02Z,2023-01-24T00:34:03Z\n").find("3 columns"),
            std::string::npos);
  EXPECT_FALSE(read_measured_transfers(log, "log", 24h * 365 * 60));  // All is before that.
  EXPECT_FALSE(read_measured_capacity("start_time,bandwidth\n", "capacity"));
  EXPECT_FALSE(read_measured_capacity(
      "start_time,bandwidth\n2023-01-24T00:00:02,1\n2023-01-24T00:00:01,1\n", "capacity"));
}

TEST(Agreement, SimulatesEveryTransferAloneAtItsInstant) {
  auto known = read_measured_capacity(capacity, "capacity");
  ASSERT_TRUE(known);
  const auto transfers = read_measured_transfers(log, "log", known->began);
  ASSERT_TRUE(transfers);
  const LinkCapacity link(known->trace);
  const Agreement found =
      agreement(*transfers, link, {.default_rtt = 100ms, .known = link.trace().duration()});
  ASSERT_EQ(found.transfers.size(), 2U);
  EXPECT_EQ(found.transfers[0].simulated, 550ms);  // 50 ms, then 500 kB at 8 Mbit/s.
  EXPECT_EQ(found.transfers[0].error(), 0);
  EXPECT_EQ(found.transfers[1].simulated, 1100ms);
  EXPECT_NEAR(found.transfers[1].error(), 0.1, 1e-12);
  EXPECT_EQ(found.instant, 1U);
  EXPECT_EQ(found.overlapping, 2U);
  EXPECT_EQ(found.outside, 2U);  // One would end behind what is known, one begins there.
}

TEST(Agreement, HeadersTakeTheirShareOfTheLink) {
  const auto trace = Trace::create("trace", {{.duration = 10s, .rate = 8000_kbps, .rtt = 20ms}});
  ASSERT_TRUE(trace);
  const LinkCapacity link(*trace, LinkCapacity::with_headers(0.25));
  const std::vector<MeasuredTransfer> transfers{
      {Timestamp(1s), Timestamp(2s), 800'000_bytes, std::nullopt}};
  const Agreement found = agreement(transfers, link, {.offset = 3s});
  ASSERT_EQ(found.transfers.size(), 1U);
  EXPECT_EQ(found.transfers[0].simulated, 1020ms);  // The RTT is the trace's.
}

TEST(Agreement, ASessionThatWasSimulatedAgreesWithItsOwnLog) {
  const LinkCapacity link(test::trace_of({{.duration = 9s, .rate = 1700_kbps, .rtt = {}},
                                          {.duration = 4s, .rate = 600_kbps, .rtt = {}}}));
  const media::Tracks tracks = test::video_and_audio(20);
  const SimulatedTitle title{.name = "title", .known = tracks, .actual = tracks};
  const auto options = session::validate({}, tracks);
  ASSERT_TRUE(options);
  std::string text;
  session::SessionLog written({.title = "title",
                               .policy = "bba",
                               .estimator = "last",
                               .options = *options,
                               .tracks = tracks},
                              0,
                              {.line =
                                   [&](std::string_view line) {
                                     text += line;
                                     text += '\n';
                                   },
                               .url = {},
                               .output = {}});
  auto policy = abr::make_policy("bba", {});
  auto estimator = abr::make_estimator("last");
  ASSERT_TRUE(policy && estimator);
  ASSERT_TRUE(simulate({.link = link,
                        .title = title,
                        .session = *options,
                        .default_rtt = 70ms,
                        .viewer = {},
                        .log = &written},
                       *std::move(policy), *std::move(estimator)));
  const auto recording = session::parse_session_log(text, "log");
  ASSERT_TRUE(recording) << to_string(recording.error());
  const Agreement found = agreement(measured_transfers(*recording), link, {.default_rtt = 70ms});
  EXPECT_GE(found.transfers.size(), 40U);
  EXPECT_EQ(found.overlapping, 0U);
  for (const ComparedTransfer& transfer : found.transfers) EXPECT_EQ(transfer.error(), 0);
}

}  // namespace
}  // namespace rung::network_sim
