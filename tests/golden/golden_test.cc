#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "abr/policy_factory.h"
#include "core/check.h"
#include "media/synthetic_presentation.h"
#include "network_sim/sweep.h"
#include "network_sim/synthetic_trace.h"

// One line for each (policy, title, trace, seed): the fingerprint of every choice, and the report.
// The same for every compiler, level of optimisation and machine. A line that changes is explained
// in the commit that changes it. To write the file anew:
//
//   RUNG_GOLDEN_UPDATE=1 build/sim/tests/golden/golden_test

namespace rung::network_sim {
namespace {

using namespace std::chrono_literals;

const std::string golden_file = RUNG_SOURCE_DIR "/tests/golden/simulations.txt";

Trace synthetic(const LinkModel& model, const std::string& name) {
  auto trace = synthetic_trace(model, {.name = name, .duration = 300s, .rtt = 50ms, .seed = 7});
  RUNG_CHECK(trace);
  return *std::move(trace);
}

SimulatedTitle title(const std::string& name, Duration segment_duration, double variation) {
  const auto ladder = media::synthesize({.rungs = media::default_rungs(),
                                         .segment_duration = segment_duration,
                                         .segment_count = 60,
                                         .size_variation = variation,
                                         .seed = 3});
  RUNG_CHECK(ladder);
  const auto tracks = media::tracks_of(*ladder);
  RUNG_CHECK(tracks);
  return {.name = name, .known = *tracks, .actual = *tracks};
}

Sweep golden_sweep() {
  Sweep sweep{.policies = {"fixed:2", "rate", "bba", "bola-e", "robust-mpc"},
              .estimator = "harmonic",
              .links = {},
              .titles = {title("even-4s", 4s, 0), title("varied-2s", 2s, 0.4)},
              .seeds = {1, 2},
              .session = {}};
  sweep.links.emplace_back(synthetic(ConstantLink{.rate = 2000_kbps}, "constant"));
  sweep.links.emplace_back(
      synthetic(StepLink{.rates = {4000_kbps, 800_kbps, 2500_kbps}, .hold = 20s}, "step"));
  sweep.links.emplace_back(synthetic(SawtoothLink{.low = 300_kbps, .high = 5000_kbps}, "sawtooth"));
  sweep.links.emplace_back(synthetic(MarkovLink{.low = 300_kbps, .high = 6000_kbps}, "markov"));
  sweep.links.emplace_back(synthetic(OutageLink{.rate = 3000_kbps, .low = BitRate{}}, "outage"));
  return sweep;
}

/// Two lines for each policy that golden_sweep() has not.
Sweep other_policies() {
  const Sweep all = golden_sweep();
  Sweep sweep{.policies = {},
              .estimator = std::nullopt,
              .links = {all.links[1], all.links[3]},
              .titles = {all.titles[1]},
              .seeds = {1},
              .session = {}};
  for (const std::string_view name : abr::policy_names())
    if (name != "fixed" && std::ranges::find(all.policies, name) == all.policies.end())
      sweep.policies.emplace_back(name);
  return sweep;
}

/// All of its bits: equal or not, nothing in between.
std::string exact(double value) {
  std::ostringstream text;
  text << std::hexfloat << value;
  return text.str();
}

std::string line(const Sweep& sweep, std::size_t index) {
  const auto outcome = sweep.run(index);
  RUNG_CHECK(outcome);
  const auto at = sweep.place(index);
  const session::SessionReport& report = outcome->report;
  std::ostringstream text;
  text << sweep.policies[at.policy] << ' ' << sweep.titles[at.title].name << ' '
       << sweep.links[at.link].trace().name() << ' ' << sweep.seeds[at.seed] << " fingerprint "
       << std::hex << outcome->fingerprint << std::dec << " end " << static_cast<int>(report.end)
       << " elapsed_ns " << report.elapsed.count() << " startup_ns " << report.startup_delay.count()
       << " stalls " << report.stall_count << " stall_ns " << report.stalled.count() << " segments "
       << report.segments << " switches " << report.switches << " aborted " << report.abandonments
       << " failures " << report.failures << " bytes " << report.received.bytes() << " discarded "
       << report.discarded.bytes() << " mean_kbps " << exact(report.mean_kbps) << " qoe "
       << exact(report.qoe_sum);
  return text.str();
}

TEST(Golden, EverySimulationIsAsItWasAccepted) {
  std::vector<std::string> lines;
  for (const Sweep& sweep : {golden_sweep(), other_policies()})
    for (std::size_t i = 0; i < sweep.size(); ++i) lines.push_back(line(sweep, i));

  if (std::getenv("RUNG_GOLDEN_UPDATE") != nullptr) {
    std::ofstream file(golden_file);
    for (const std::string& made : lines) file << made << '\n';
    ASSERT_TRUE(file.good());
    return;
  }
  std::ifstream file(golden_file);
  ASSERT_TRUE(file.good()) << golden_file;
  std::vector<std::string> accepted;
  for (std::string read; std::getline(file, read);) accepted.push_back(read);
  ASSERT_EQ(lines.size(), accepted.size());
  for (std::size_t i = 0; i < lines.size(); ++i) EXPECT_EQ(lines[i], accepted[i]);
}

}  // namespace
}  // namespace rung::network_sim
