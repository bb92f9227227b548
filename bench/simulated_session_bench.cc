#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>

#include "core/check.h"
#include "media/synthetic_presentation.h"
#include "network_sim/profiles/profile.h"
#include "network_sim/sweep.h"
#include "network_sim/synthetic_trace.h"

// Segments per second of whole simulated sessions on one core (items_per_second). A policy decides
// once a segment, so this is also the rate of its decisions with all that a session adds.

namespace rung {
namespace {

using namespace std::chrono_literals;

/// One title of 40 minutes in 4 s segments with six rungs, over a link that changes every second.
network_sim::Sweep one_session(const std::string& policy) {
  const auto title =
      media::synthesize({.rungs = media::default_rungs(), .segment_count = 600, .seed = 1});
  RUNG_CHECK(title);
  const auto tracks = media::tracks_of(*title);
  RUNG_CHECK(tracks);
  const auto trace =
      network_sim::synthetic_trace(network_sim::MarkovLink{.low = 400_kbps, .high = 6000_kbps},
                                   {.name = "markov", .duration = 600s, .rtt = 40ms, .seed = 1});
  RUNG_CHECK(trace);
  network_sim::Sweep sweep{.policies = {policy},
                           .estimator = "harmonic",
                           .links = {},
                           .titles = {{.name = "title", .known = *tracks, .actual = *tracks}},
                           .seeds = {1},
                           .session = {}};
  sweep.links.emplace_back(*trace);
  return sweep;
}

void run(benchmark::State& state, const network_sim::Sweep& sweep) {
  std::int64_t segments = 0;
  for (auto round : state) {
    const auto outcome = sweep.run(0);
    if (!outcome) {
      state.SkipWithError(outcome.error().message.c_str());
      break;
    }
    segments += outcome->report.segments;
  }
  state.SetItemsProcessed(segments);
}

void simulated_session(benchmark::State& state, const std::string& policy) {
  run(state, one_session(policy));
}

/// The same in a profile, with the policies of its simulator.
void profile_session(benchmark::State& state, const std::string& name, const std::string& policy,
                     bool abandonment) {
  const auto profile = network_sim::find_profile(name);
  RUNG_CHECK(profile);
  network_sim::Sweep sweep = one_session(policy);
  network_sim::adopt(**profile, sweep);
  sweep.session.abandonment = abandonment;
  run(state, sweep);
}

BENCHMARK_CAPTURE(simulated_session, fixed, "fixed:2");
BENCHMARK_CAPTURE(simulated_session, rate, "rate");
BENCHMARK_CAPTURE(simulated_session, bba, "bba");
BENCHMARK_CAPTURE(simulated_session, bola_e, "bola-e");
BENCHMARK_CAPTURE(simulated_session, robust_mpc, "robust-mpc");
BENCHMARK_CAPTURE(profile_session, pensieve_bb, "pensieve-2017", "bb", false);
BENCHMARK_CAPTURE(profile_session, sabre_bola, "sabre", "bola", false);
BENCHMARK_CAPTURE(profile_session, sabre_bola_e, "sabre", "bola-e", true);

}  // namespace
}  // namespace rung

BENCHMARK_MAIN();
