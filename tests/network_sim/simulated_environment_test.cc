#include "network_sim/simulated_environment.h"

#include <gtest/gtest.h>

#include <array>
#include <utility>
#include <vector>

#include "tests/support/links.h"
#include "tests/support/titles.h"

namespace rung::network_sim {
namespace {

using namespace std::chrono_literals;
using session::CancelTransfer;
using session::Event;
using session::FetchSegment;
using session::TimeReached;
using session::TransferCompleted;
using session::TransferProgressed;

Timestamp at(Duration since_start) { return Timestamp(since_start); }

/// 300 kbit/s for 4 s: 150 kB a segment, which takes 1 s on this link.
class SimulatedEnvironmentTest : public testing::Test {
 protected:
  static FetchSegment fetch(std::uint64_t id, Duration first_progress = Duration::max(),
                            Duration every = 100ms) {
    return {.transfer = TransferId(id),
            .track = media::TrackKind::video,
            .first_progress = first_progress,
            .progress_every = every};
  }
  SimulatedEnvironment make(const SimulatedEnvironment::Options& options = {}) {
    return SimulatedEnvironment(title_, link_, options);
  }

  media::Tracks title_{test::video_only(5)};
  LinkCapacity link_{test::constant_link(1200_kbps)};
};

TEST_F(SimulatedEnvironmentTest, BeginsAtZero) {
  auto world = make();
  EXPECT_EQ(world.wait(Timestamp::min()), Event(TimeReached{at(0s)}));
}

TEST_F(SimulatedEnvironmentTest, JumpsToWhateverComesFirst) {
  auto world = make();
  world.start(fetch(1));
  EXPECT_EQ(world.wait(at(400ms)), Event(TimeReached{at(400ms)}));
  EXPECT_EQ(
      world.wait(at(2s)),
      Event(TransferCompleted{
          .at = at(1s), .transfer = TransferId(1), .first_byte = at(0s), .size = 150'000_bytes}));
  EXPECT_EQ(world.wait(at(2s)), Event(TimeReached{at(2s)}));
}

TEST_F(SimulatedEnvironmentTest, NeverGoesBackToAWaitThatIsOver) {
  auto world = make();
  EXPECT_EQ(world.wait(at(3s)), Event(TimeReached{at(3s)}));
  EXPECT_EQ(world.wait(at(1s)), Event(TimeReached{at(3s)}));
}

TEST_F(SimulatedEnvironmentTest, TellsACompletionBeforeTheEndOfAWaitAtTheSameInstant) {
  auto world = make();
  world.start(fetch(1));
  EXPECT_TRUE(std::holds_alternative<TransferCompleted>(world.wait(at(1s))));
  EXPECT_EQ(world.wait(at(1s)), Event(TimeReached{at(1s)}));
}

TEST_F(SimulatedEnvironmentTest, ReportsProgressAtTheCadenceThatWasAskedFor) {
  auto world = make({.default_rtt = 250ms});
  world.start(fetch(1, 200ms, 500ms));
  EXPECT_EQ(world.wait(at(1h)), Event(TransferProgressed{.at = at(200ms),
                                                         .transfer = TransferId(1),
                                                         .first_byte = std::nullopt,
                                                         .received = 0_bytes,
                                                         .expected = std::nullopt}));
  EXPECT_EQ(world.wait(at(1h)), Event(TransferProgressed{.at = at(700ms),
                                                         .transfer = TransferId(1),
                                                         .first_byte = at(250ms),
                                                         .received = 67'500_bytes,
                                                         .expected = 150'000_bytes,
                                                         .last_byte = at(700ms)}));
  EXPECT_EQ(session::time_of(world.wait(at(1h))), at(1200ms));
  EXPECT_TRUE(std::holds_alternative<TransferCompleted>(world.wait(at(1h))));
  EXPECT_EQ(world.wait(at(2s)), Event(TimeReached{at(2s)}));
}

TEST_F(SimulatedEnvironmentTest, TellsWhenTheLastByteCameBeforeAnOutage) {
  const LinkCapacity link(test::trace_of({{.duration = 400ms, .rate = 1200_kbps, .rtt = {}},
                                          {.duration = 2s, .rate = 0_kbps, .rtt = {}},
                                          {.duration = 1s, .rate = 0_kbps, .rtt = {}}}));
  SimulatedEnvironment world(title_, link, {});
  world.start(fetch(1, 300ms, 1s));
  const std::array expected{std::pair(at(300ms), at(300ms)), std::pair(at(1300ms), at(400ms)),
                            std::pair(at(2300ms), at(400ms)), std::pair(at(3300ms), at(400ms))};
  for (const auto& [told, last_byte] : expected) {
    const Event event = world.wait(at(1h));
    ASSERT_TRUE(std::holds_alternative<TransferProgressed>(event));
    EXPECT_EQ(std::get<TransferProgressed>(event).at, told);
    EXPECT_EQ(std::get<TransferProgressed>(event).last_byte, last_byte);
  }
}

TEST_F(SimulatedEnvironmentTest, TellsWhenTheLastByteOfAGrowingSegmentCame) {
  // A quarter of it in 250 ms, the next one from 2 s on.
  auto world = make({.chunk = 1s});
  FetchSegment growing = fetch(1, 200ms, 1s);
  growing.growing = true;
  world.start(growing);
  const auto last_byte = [&] {
    for (;;) {
      const Event event = world.wait(at(1h));
      if (const auto* progress = std::get_if<TransferProgressed>(&event))
        return progress->last_byte;
      if (!std::holds_alternative<session::MediaArrived>(event)) return std::optional<Timestamp>();
    }
  };
  EXPECT_EQ(last_byte(), at(200ms));
  EXPECT_EQ(last_byte(), at(250ms));
  EXPECT_EQ(last_byte(), at(2200ms));
}

TEST_F(SimulatedEnvironmentTest, CompletesInsteadOfReportingAtTheSameInstant) {
  auto world = make();
  world.start(fetch(1, 1s));
  EXPECT_TRUE(std::holds_alternative<TransferCompleted>(world.wait(at(1h))));
  EXPECT_EQ(world.wait(at(2s)), Event(TimeReached{at(2s)}));
}

TEST_F(SimulatedEnvironmentTest, ReportsAnEarlierTransferBeforeALaterOneCompletes) {
  media::Tracks title{.video = test::uniform_track(5, 4s, {300, 600}), .audio = std::nullopt};
  SimulatedEnvironment world(title, link_, {});
  FetchSegment large = fetch(1, 2s);
  large.representation = 1;
  world.start(large);     // 300 kB
  world.start(fetch(2));  // 150 kB at half of the link: 2 s.
  const Event first = world.wait(at(1h));
  ASSERT_TRUE(std::holds_alternative<TransferProgressed>(first));
  EXPECT_EQ(std::get<TransferProgressed>(first).transfer, TransferId(1));
  EXPECT_EQ(session::time_of(first), at(2s));
  const Event second = world.wait(at(1h));
  ASSERT_TRUE(std::holds_alternative<TransferCompleted>(second));
  EXPECT_EQ(std::get<TransferCompleted>(second).transfer, TransferId(2));
  EXPECT_EQ(session::time_of(second), at(2s));
}

TEST_F(SimulatedEnvironmentTest, SaysNothingOfACancelledTransfer) {
  auto world = make();
  world.start(fetch(1, 100ms));
  EXPECT_EQ(session::time_of(world.wait(at(1h))), at(100ms));
  world.start(CancelTransfer{TransferId(1)});
  EXPECT_EQ(world.wait(at(5s)), Event(TimeReached{at(5s)}));
  world.start(fetch(2));
  EXPECT_EQ(session::time_of(world.wait(at(1h))), at(6s));
}

TEST_F(SimulatedEnvironmentTest, AddsTheInitSegmentToTheTransferThatBringsIt) {
  auto world = make({.init_size = 15'000_bytes});
  FetchSegment with_init = fetch(1);
  with_init.with_init = true;
  world.start(with_init);
  EXPECT_EQ(world.wait(at(1h)), Event(TransferCompleted{.at = at(1100ms),
                                                        .transfer = TransferId(1),
                                                        .first_byte = at(0s),
                                                        .size = 165'000_bytes}));
}

TEST_F(SimulatedEnvironmentTest, BeginsWhenTheManifestIsThere) {
  const std::vector<SimulatedEnvironment::ViewerAction> script{session::ViewerPaused{at(50ms)}};
  auto world = make({.manifest_size = 14'000_bytes,
                     .head_size = 1000_bytes,
                     .default_rtt = 40ms,
                     .viewer = script});
  EXPECT_EQ(world.wait(Timestamp::min()), Event(session::ViewerPaused{at(140ms)}));
  EXPECT_EQ(world.wait(Timestamp::min()), Event(TimeReached{at(140ms)}));
}

TEST_F(SimulatedEnvironmentTest, CarriesHeadsThatNoEventCounts) {
  auto world = make({.init_size = 1000_bytes, .head_size = 7000_bytes});
  FetchSegment with_init = fetch(1, 40ms, 60ms);
  with_init.with_init = true;
  world.start(with_init);
  EXPECT_EQ(world.wait(at(1h)), Event(TransferProgressed{.at = at(40ms),
                                                         .transfer = TransferId(1),
                                                         .first_byte = at(0s),
                                                         .received = {},
                                                         .expected = 151'000_bytes,
                                                         .last_byte = at(40ms)}));
  EXPECT_EQ(world.wait(at(1h)), Event(TransferProgressed{.at = at(100ms),
                                                         .transfer = TransferId(1),
                                                         .first_byte = at(0s),
                                                         .received = 1000_bytes,
                                                         .expected = 151'000_bytes,
                                                         .last_byte = at(100ms)}));
  world.start(CancelTransfer{TransferId(1)});
  world.start(fetch(2));
  EXPECT_EQ(world.wait(at(1h)), Event(TransferCompleted{.at = Timestamp(100ms + 1'046'666'667ns),
                                                        .transfer = TransferId(2),
                                                        .first_byte = at(100ms),
                                                        .size = 150'000_bytes}));
}

TEST_F(SimulatedEnvironmentTest, LetsTheViewerActBehindTheTransfersOfAnInstant) {
  const std::vector<SimulatedEnvironment::ViewerAction> script{
      session::ViewerPaused{at(1s)}, session::ViewerResumed{at(1s)}, session::ViewerLeft{at(3s)}};
  auto world = make({.viewer = script});
  world.start(fetch(1));
  EXPECT_TRUE(std::holds_alternative<TransferCompleted>(world.wait(at(1s))));
  EXPECT_EQ(world.wait(at(1s)), Event(session::ViewerPaused{at(1s)}));
  EXPECT_EQ(world.wait(at(1s)), Event(session::ViewerResumed{at(1s)}));
  EXPECT_EQ(world.wait(at(1s)), Event(TimeReached{at(1s)}));
  EXPECT_EQ(world.wait(Timestamp::max()), Event(session::ViewerLeft{at(3s)}));
}

TEST_F(SimulatedEnvironmentTest, IgnoresWhatOnlyAnOutputCouldDo) {
  auto world = make();
  world.start(session::StartPlayback{MediaTime(1s)});
  world.start(session::HoldPlayback{});
  EXPECT_EQ(world.wait(at(1s)), Event(TimeReached{at(1s)}));
}

TEST_F(SimulatedEnvironmentTest, RefusesToWaitForEver) {
  auto world = make();
  EXPECT_DEATH((void)world.wait(Timestamp::max()), "internal error");
}

}  // namespace
}  // namespace rung::network_sim
