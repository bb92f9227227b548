#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "network_sim/scenario.h"
#include "session/run.h"
#include "session/streaming_session.h"
#include "tests/support/audited_environment.h"
#include "tests/support/faulty_environment.h"
#include "tests/support/links.h"
#include "tests/support/policies.h"
#include "tests/support/scripted_environment.h"
#include "tests/support/titles.h"

// What must hold of any session in the simulated world.

namespace rung::network_sim {
namespace {

using namespace std::chrono_literals;
using session::EndReason;
using session::SessionReport;
using session::StreamingSession;

/// A track whose segments vary in size as encoders make them.
media::Track varied(const media::Track& track, Random& random) {
  media::Track::Part part = track.parts().front();
  for (SegmentNumber segment = 0; segment < track.segment_count(); ++segment)
    for (std::size_t rung = 0; rung < part.bandwidths.size(); ++rung)
      part.sizes.push_back(
          ByteCount(track.size(segment, rung).bytes() / 2 +
                    static_cast<std::int64_t>(random.below(
                        static_cast<std::uint64_t>(track.size(segment, rung).bytes())))));
  auto made = media::Track::create({part});
  RUNG_CHECK(made);
  return *std::move(made);
}

struct World {
  media::Tracks known;
  media::Tracks actual;
  LinkCapacity link;
  session::SessionOptions options;
};

World random_world(Random& random) {
  const media::Tracks known =
      random.below(2) == 0 ? test::video_only(40) : test::video_and_audio(40);
  media::Tracks actual = known;
  actual.video = varied(*known.video, random);
  World world{.known = known,
              .actual = std::move(actual),
              .link = LinkCapacity(test::random_trace(random, 80, 12s, 6000_kbps)),
              .options = {}};
  world.options.buffer_capacity = 8s + Duration(1s) * static_cast<std::int64_t>(random.below(40));
  world.options.seed = random.bits();
  return world;
}

TEST(SimulatedSession, KeepsItsInvariantsOnRandomLinks) {
  Random random(2024);
  for (int round = 0; round < 150; ++round) {
    SCOPED_TRACE(round);
    const World made = random_world(random);
    const auto options = session::validate(made.options, made.known);
    ASSERT_TRUE(options);
    StreamingSession session(made.known, *options, std::make_unique<test::BestCarried>(),
                             std::make_unique<test::LastThroughput>());
    SimulatedEnvironment world(made.actual, made.link, {.default_rtt = 40ms});
    test::AuditedEnvironment audited(world);

    session.handle(audited.wait(Timestamp::min()));
    while (!session.ended()) {
      while (const auto request = session.next_request()) audited.start(*request);
      session.handle(audited.wait(session.wake_at()));
      for (const auto kind : {media::TrackKind::video, media::TrackKind::audio}) {
        if (!made.known.of(kind)) continue;
        ASSERT_GE(session.buffer().level(kind), 0s);
        ASSERT_LE(session.buffer().level(kind), options->buffer_capacity);
      }
      ASSERT_LT(audited.events(), 100'000) << "does not come to an end";
    }
    const SessionReport report = session.report();
    EXPECT_EQ(report.startup_delay + report.played + report.stalled, report.elapsed);
    EXPECT_EQ(report.received, audited.completed_bytes());
    if (report.end == EndReason::played_out) {
      EXPECT_EQ(report.segments, 40);
      EXPECT_EQ(report.played, 160s);
      EXPECT_EQ(audited.running(), 0U);
    } else {
      EXPECT_EQ(report.end, EndReason::network_failure);  // An outage beyond all tries.
    }
  }
}

TEST(SimulatedSession, NeverEndsLaterOnAFasterLinkWithAFixedRung) {
  Random random(99);
  for (int round = 0; round < 100; ++round) {
    SCOPED_TRACE(round);
    World made = random_world(random);
    made.options.idle_timeout = 24h;
    made.options.transfer_timeout = 24h;
    std::vector<Trace::Piece> faster = made.link.trace().pieces();
    for (Trace::Piece& piece : faster)
      piece.rate = BitRate::bits_per_second(piece.rate.bits_per_second() * 5 / 4 + 1000);
    const LinkCapacity faster_link(test::trace_of(faster));
    const SimulatedTitle title{.name = "t", .known = made.known, .actual = made.actual};
    const RepresentationIndex rung = random.below(6);
    const auto run = [&](const LinkCapacity& link) {
      return *simulate({.link = link, .title = title, .session = made.options},
                       std::make_unique<test::OneRung>(rung),
                       std::make_unique<test::LastThroughput>());
    };
    const SessionReport slow = run(made.link).report;
    const SessionReport fast = run(faster_link).report;
    EXPECT_LE(fast.startup_delay, slow.startup_delay);
    EXPECT_LE(fast.elapsed, slow.elapsed);
  }
}

TEST(SimulatedSession, IsAFunctionOfItsInputs) {
  Random random(4);
  for (int round = 0; round < 20; ++round) {
    const World made = random_world(random);
    const SimulatedTitle title{.name = "t", .known = made.known, .actual = made.actual};
    const auto run = [&] {
      return *simulate({.link = made.link, .title = title, .session = made.options},
                       std::make_unique<test::BestCarried>(),
                       std::make_unique<test::LastThroughput>());
    };
    EXPECT_EQ(run(), run());
  }
}

TEST(SimulatedSession, SurvivesTheFailureOfAnyTransfer) {
  const media::Tracks title = test::video_and_audio(8);
  const LinkCapacity link(test::constant_link(3000_kbps));
  struct Case {
    const char* name;
    session::FailureKind kind;
    int http_status;
  };
  for (const Case& fault : {Case{"connection", session::FailureKind::connection, 0},
                            Case{"truncated", session::FailureKind::truncated, 0},
                            Case{"missing", session::FailureKind::http_status, 404},
                            Case{"overloaded", session::FailureKind::http_status, 503}}) {
    std::int64_t transfers = 16;
    for (std::int64_t nth = 1; nth <= transfers; ++nth) {
      SCOPED_TRACE(std::string(fault.name) + " " + std::to_string(nth));
      StreamingSession session(title, *session::validate({}, title),
                               std::make_unique<test::BestCarried>(),
                               std::make_unique<test::LastThroughput>());
      SimulatedEnvironment world(title, link, {});
      test::FaultyEnvironment faulty(
          world, {.first = nth, .kind = fault.kind, .http_status = fault.http_status});
      test::AuditedEnvironment audited(faulty);
      session::run(session, audited);
      EXPECT_EQ(faulty.failed(), 1);
      EXPECT_EQ(session.report().failures, 1);
      EXPECT_EQ(session.report().end, EndReason::played_out);
      EXPECT_EQ(session.report().played, 32s);
    }
  }
}

TEST(SimulatedSession, GivesUpWhenNothingEverArrives) {
  const media::Tracks title = test::video_only(8);
  const LinkCapacity link(test::constant_link(3000_kbps));
  StreamingSession session(title, *session::validate({}, title),
                           std::make_unique<test::BestCarried>(),
                           std::make_unique<test::LastThroughput>());
  SimulatedEnvironment world(title, link, {});
  test::FaultyEnvironment faulty(world, {.first = 3, .count = 1'000'000});
  session::run(session, faulty);
  EXPECT_EQ(session.report().end, EndReason::network_failure);
  EXPECT_EQ(session.report().segments, 2);
}

TEST(SimulatedSession, FollowsAViewerWhoPausesSeeksAndLeaves) {
  const media::Tracks title = test::video_and_audio(100);
  const LinkCapacity link(test::constant_link(3000_kbps));
  const std::vector<SimulatedEnvironment::ViewerAction> script{
      session::ViewerPaused{Timestamp(10s)}, session::ViewerResumed{Timestamp(25s)},
      session::ViewerSought{Timestamp(30s), MediaTime(200s)}, session::ViewerLeft{Timestamp(60s)}};
  StreamingSession session(title, *session::validate({}, title),
                           std::make_unique<test::BestCarried>(),
                           std::make_unique<test::LastThroughput>());
  SimulatedEnvironment world(title, link, {.viewer = script});
  test::AuditedEnvironment audited(world);
  session::run(session, audited);
  const SessionReport report = session.report();
  EXPECT_EQ(report.end, EndReason::viewer_left);
  EXPECT_EQ(report.elapsed, 60s);
  EXPECT_EQ(report.paused, 15s);
  EXPECT_GT(report.seeking, 0s);
  EXPECT_EQ(report.startup_delay + report.played + report.stalled + report.seeking + report.paused,
            report.elapsed);
  EXPECT_GT(session.buffer().position(), MediaTime(220s));
}

TEST(SimulatedSession, EndsWhereTheViewerPausesForEver) {
  const media::Tracks title = test::video_and_audio(100);
  const LinkCapacity link(test::constant_link(3000_kbps));
  const std::vector<SimulatedEnvironment::ViewerAction> script{
      session::ViewerPaused{Timestamp(10s)}, session::ViewerSought{Timestamp(12s), MediaTime(60s)}};
  StreamingSession session(title, *session::validate({}, title),
                           std::make_unique<test::BestCarried>(),
                           std::make_unique<test::LastThroughput>());
  SimulatedEnvironment world(title, link, {.viewer = script});
  test::AuditedEnvironment audited(world);
  session::run(session, audited);
  EXPECT_EQ(session.report().end, EndReason::viewer_left);
  EXPECT_LT(session.report().elapsed, 60s);
  EXPECT_GT(session.report().segments, 0);
}

TEST(SimulatedSession, TakesTheFactsOfATableToo) {
  const media::Tracks title = test::video_only(1);
  StreamingSession session(title, *session::validate({}, title), std::make_unique<test::OneRung>(2),
                           std::make_unique<test::LastThroughput>());
  test::ScriptedEnvironment scripted({session::TimeReached{Timestamp(0s)},
                                      session::TransferCompleted{.at = Timestamp(1s),
                                                                 .transfer = TransferId(1),
                                                                 .first_byte = Timestamp(500ms),
                                                                 .size = 600'000_bytes}});
  session::run(session, scripted);
  EXPECT_EQ(session.report().end, EndReason::played_out);
  EXPECT_EQ(session.report().elapsed, 5s);
  ASSERT_EQ(scripted.requests().size(), 2U);
  EXPECT_EQ(std::get<session::FetchSegment>(scripted.requests()[0]).representation, 2U);
  EXPECT_TRUE(std::holds_alternative<session::StartPlayback>(scripted.requests()[1]));
}

}  // namespace
}  // namespace rung::network_sim
