#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/end_to_end/program.h"
#include "tests/support/temporary_directory.h"

// The same session, played in real time and simulated, comes to the same; docs/fidelity.md.

namespace rung::test {
namespace {

using nlohmann::json;

/// How far a playback is from its simulation.
struct Gap {
  double mean_kbps = 0;  ///< Relative.
  double stall_s = 0;
  double shorter_stall_s = 0;  ///< The shorter stall time of both.
};

bool small_enough(const Gap& gap) { return gap.mean_kbps <= 0.05 && gap.stall_s <= 0.5; }

void play_and_simulate(const std::string& policy, const std::string& trace, Gap& gap) {
  const Output output =
      run_rung({"demo", "--headless", "--json", "--title", title_directory().string(), "--trace",
                trace, "--policy", policy});
  ASSERT_EQ(output.status, 0) << output.err;
  const json report = json::parse(output.out);
  const auto number = [&](const char* run, const char* member) {
    return report.at(run).at(member).get<double>();
  };
  const double simulated = number("simulated", "mean_kbps");
  gap.mean_kbps = std::abs(number("played", "mean_kbps") - simulated) / simulated;
  gap.stall_s = std::abs(number("played", "stall_s") - number("simulated", "stall_s"));
  gap.shorter_stall_s = std::min(number("played", "stall_s"), number("simulated", "stall_s"));
  std::cout << policy << ": mean bitrate " << number("played", "mean_kbps") << " played, "
            << simulated << " simulated; stalls " << number("played", "stall_s") << " s and "
            << number("simulated", "stall_s") << " s; start-up " << number("played", "startup_s")
            << " s and " << number("simulated", "startup_s") << " s; switches "
            << number("played", "switches") << " and " << number("simulated", "switches") << "\n";
}

/// Holds a playback of the policy over a trace of these lines against its simulation.
void expect_agreement(const std::string& policy, const std::string& lines, Gap& gap) {
  const TemporaryDirectory directory;
  const std::string trace = (directory.path() / "trace.csv").string();
  write_text(trace, "duration_ms,down_kbps,rtt_ms\n" + lines);
  ASSERT_NO_FATAL_FAILURE(play_and_simulate(policy, trace, gap));
  if (!small_enough(gap)) {
    std::cout << "Too far apart; once more, in case that the machine was busy elsewhere.\n";
    ASSERT_NO_FATAL_FAILURE(play_and_simulate(policy, trace, gap));
  }
  EXPECT_LE(gap.mean_kbps, 0.05);
  EXPECT_LE(gap.stall_s, 0.5);
}

class Fidelity : public testing::TestWithParam<std::string> {};

TEST_P(Fidelity, PlayedAndSimulatedAgree) {
  Gap gap;
  expect_agreement(GetParam(),
                   "4000,1500,40\n"
                   "5000,300,40\n"
                   "3000,900,40\n"
                   "4000,500,40\n"
                   "60000,1500,40\n",
                   gap);
}

TEST(FidelityInAnOutage, PlayedAndSimulatedStallAlike) {
  Gap gap;
  // A rate at which no choice lies on an edge: of eight segments, one rung is a tenth of the mean.
  expect_agreement("bola-e",
                   "1500,1400,40\n"
                   "9000,0,40\n"
                   "60000,1400,40\n",
                   gap);
  EXPECT_GT(gap.shorter_stall_s, 1);
}

INSTANTIATE_TEST_SUITE_P(Policies, Fidelity, testing::Values("bba", "bola-e", "robust-mpc"),
                         [](const auto& row) {
                           std::string name = row.param;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace rung::test
