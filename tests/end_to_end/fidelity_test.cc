#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/end_to_end/program.h"
#include "tests/support/temporary_directory.h"

// The same session, played in real time and simulated, comes to the same; docs/fidelity.md.

namespace rung::test {
namespace {

using nlohmann::json;

/// A title played over a trace, with its simulation.
struct Comparison {
  std::string policy;
  std::string trace;  ///< Lines of duration_ms,down_kbps,rtt_ms.
  Output output = {};
  double mean_kbps_gap = 0;  ///< Of the means, relative.
  double stall_s_gap = 0;
  double shorter_stall_s = 0;  ///< The shorter stall time of both.
};

bool agrees(const Comparison& comparison) {
  return comparison.output.status == 0 && comparison.mean_kbps_gap <= 0.05 &&
         comparison.stall_s_gap <= 0.5;
}

void play_and_simulate(Comparison& comparison) {
  const TemporaryDirectory directory;
  const std::string trace = (directory.path() / "trace.csv").string();
  write_text(trace, "duration_ms,down_kbps,rtt_ms\n" + comparison.trace);
  comparison.output =
      run_rung({"demo", "--headless", "--json", "--title", title_directory().string(), "--trace",
                trace, "--policy", comparison.policy});
  if (comparison.output.status != 0) return;
  const json report = json::parse(comparison.output.out);
  const auto number = [&](const char* run, const char* member) {
    return report.at(run).at(member).get<double>();
  };
  const double simulated = number("simulated", "mean_kbps");
  comparison.mean_kbps_gap = std::abs(number("played", "mean_kbps") - simulated) / simulated;
  comparison.stall_s_gap = std::abs(number("played", "stall_s") - number("simulated", "stall_s"));
  comparison.shorter_stall_s =
      std::min(number("played", "stall_s"), number("simulated", "stall_s"));
}

// They mostly wait, so they play beside each other.
TEST(Fidelity, PlayedAndSimulatedAgree) {
  const std::string changing =
      "4000,1500,40\n"
      "5000,300,40\n"
      "3000,900,40\n"
      "4000,500,40\n"
      "60000,1500,40\n";
  // A rate at which no choice lies on an edge: of eight segments, one rung is a tenth of the mean.
  const std::string outage =
      "1500,1400,40\n"
      "9000,0,40\n"
      "60000,1400,40\n";
  std::vector<Comparison> comparisons{
      {"bba", changing}, {"bola-e", changing}, {"robust-mpc", changing}, {"bola-e", outage}};
  {
    std::vector<std::jthread> players;
    for (Comparison& comparison : comparisons) {
      players.emplace_back([&comparison] { play_and_simulate(comparison); });
    }
  }
  for (Comparison& comparison : comparisons) {
    if (!agrees(comparison)) {
      std::cout << comparison.policy << " once more, in case that the machine was busy elsewhere:\n"
                << comparison.output.out << comparison.output.err;
      play_and_simulate(comparison);
    }
    SCOPED_TRACE(comparison.policy + " over\n" + comparison.trace + comparison.output.out);
    ASSERT_EQ(comparison.output.status, 0) << comparison.output.err;
    EXPECT_LE(comparison.mean_kbps_gap, 0.05);
    EXPECT_LE(comparison.stall_s_gap, 0.5);
  }
  EXPECT_GT(comparisons.back().shorter_stall_s, 1);
}

}  // namespace
}  // namespace rung::test
