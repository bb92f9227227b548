#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>

#include "abr/estimator_factory.h"
#include "abr/policy_factory.h"
#include "network_sim/emulator/origin.h"
#include "player/player.h"
#include "tests/support/served_title.h"
#include "tests/support/temporary_directory.h"

namespace rung::player {
namespace {

using namespace std::chrono_literals;

/// What goes wrong at the second segment of the pictures, and what must be seen of it.
struct FaultCase {
  const char* name;
  const char* rule;  ///< The action of the first request for it.
  int least_failures;
};
void PrintTo(const FaultCase& row, std::ostream* out) { *out << row.name; }

class PlayerFaults : public testing::TestWithParam<FaultCase> {};

TEST_P(PlayerFaults, AreRecoveredFrom) {
  const test::TemporaryDirectory directory;
  test::write_encoded_title(directory.path(), 4);
  const std::string script = R"({"rules": [{"contains": "chunk-stream0-00002", "requests": [1], )" +
                             std::string(GetParam().rule) + "}]}";
  auto faults = emulator::FaultScript::create(script, "script");
  ASSERT_TRUE(faults) << to_string(faults.error());
  emulator::OriginOptions served;
  served.directory = directory.path();
  served.faults = *std::move(faults);
  const auto origin = emulator::Origin::create(std::move(served));
  ASSERT_TRUE(origin) << to_string(origin.error());

  PlayerOptions options;
  options.url = (*origin)->url() + "manifest.mpd";
  options.display = Display::none;
  options.session.idle_timeout = 1s;
  options.session.backoff_base = 10ms;
  auto player = Player::open(std::move(options), *abr::make_policy("fixed:0", {}),
                             *abr::make_estimator("harmonic"), {});
  ASSERT_TRUE(player) << to_string(player.error());
  const PlayerReport report = (*player)->play({});
  EXPECT_EQ(report.failure, std::nullopt);
  EXPECT_EQ(report.session.end, session::EndReason::played_out);
  EXPECT_EQ(report.session.segments, 2);
  EXPECT_GE(report.session.failures, GetParam().least_failures);
  EXPECT_EQ(report.output.decode_errors, 0);
  // Bytes of the broken try may have been decoded before the next one began; none is shown twice.
  EXPECT_EQ(report.output.frames_presented + report.output.frames_dropped, 100);
}

INSTANTIATE_TEST_SUITE_P(
    All, PlayerFaults,
    testing::Values(FaultCase{"ClosedMidBody", R"("action": "close", "after_bytes": 10000)", 1},
                    FaultCase{"StalledMidBody", R"("action": "stall", "after_bytes": 10000)", 1},
                    FaultCase{"NeverAnswered", R"("action": "hang")", 1},
                    FaultCase{"LengthTooLarge", R"("action": "content-length", "by": 500)", 1},
                    FaultCase{"Reset", R"("action": "refuse")", 0},
                    FaultCase{"Busy", R"("action": "status", "status": 503, "retry_after": 1)", 1},
                    FaultCase{"Missing", R"("action": "status", "status": 404)", 1}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace rung::player
