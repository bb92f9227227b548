#include <cstdio>

#include "media/synthetic_presentation.h"
#include "network_sim/sweep.h"
#include "network_sim/synthetic_trace.h"

// A session simulated by a program that knows Rung only by its installed package.
int main() {
  using namespace rung;
  using namespace std::chrono_literals;
  const auto title = media::synthesize({.rungs = media::default_rungs()});
  const auto tracks = title.and_then(media::tracks_of);
  const auto trace =
      network_sim::synthetic_trace(network_sim::MarkovLink{.low = 400_kbps, .high = 6000_kbps},
                                   {.name = "markov", .duration = 300s, .rtt = 40ms, .seed = 1});
  if (!tracks || !trace) return 1;
  network_sim::Sweep sweep{.policies = {"bola-e"}, .estimator = "harmonic", .seeds = {1}};
  sweep.titles.push_back({.name = "title", .known = *tracks, .actual = *tracks});
  sweep.links.emplace_back(*trace);
  const auto outcome = sweep.run(0);
  if (!outcome) return 1;
  std::printf("%.0f kbit/s on average\n", outcome->report.mean_kbps);
  return outcome->report.segments == 60 ? 0 : 1;
}
