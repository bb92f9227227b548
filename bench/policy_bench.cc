#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "abr/pensieve_network.h"
#include "abr/policies/pensieve_policy.h"
#include "abr/policy_factory.h"
#include "core/random.h"
#include "tests/support/pensieve_parameters.h"
#include "tests/support/titles.h"

// Decisions a second of every policy over the same random states: six rungs, segments of 4 s whose
// sizes vary by half around the nominal one, any level, any representation before, any forecast
// from 200 kbit/s to 8 Mbit/s.

namespace rung::abr {
namespace {

struct State {
  SegmentNumber segment = 0;
  Duration level{};
  RepresentationIndex previous = 0;
  Forecast forecast;
};

media::Track varying_track(Random& random) {
  media::Track::Part part =
      test::uniform_track(64, std::chrono::seconds(4), {300, 750, 1200, 1850, 2850, 4300})
          .parts()
          .front();
  for (SegmentNumber segment = 0; segment < part.timeline.size(); ++segment) {
    const double weight = 0.5 + random.uniform();
    for (const BitRate bandwidth : part.bandwidths)
      part.sizes.push_back(scaled(bandwidth, weight) * part.timeline.duration(segment));
  }
  return *media::Track::create({part});
}

std::vector<State> random_states(Random& random) {
  std::vector<State> states(4096);
  for (State& state : states) {
    state.segment = 1 + static_cast<SegmentNumber>(random.below(58));
    state.level = std::chrono::milliseconds(random.below(26'001));
    state.previous = random.below(6);
    state.forecast = {.throughput = BitRate::bits_per_second(
                          200'000 + static_cast<std::int64_t>(random.below(7'800'000))),
                      .latency = std::chrono::milliseconds(40)};
  }
  return states;
}

void decide(benchmark::State& run, std::string_view name) {
  Random random(1);
  const media::Track track = varying_track(random);
  const std::vector<State> states = random_states(random);
  const PlaybackBuffer buffer({.ends = {track.end(), MediaTime::min()}});
  const std::unique_ptr<Policy> policy = *make_policy(name, {});
  std::size_t next = 0;
  for ([[maybe_unused]] auto _ : run) {
    const State& state = states[next++ % states.size()];
    benchmark::DoNotOptimize(policy->choose({.now = Timestamp(std::chrono::seconds(60)),
                                             .track = track,
                                             .segment = state.segment,
                                             .buffer = buffer,
                                             .buffer_level = state.level,
                                             .buffer_capacity = std::chrono::seconds(30),
                                             .previous = state.previous,
                                             .forecast = state.forecast}));
  }
  run.SetItemsProcessed(run.iterations());
}

/// With random parameters, of which half of each layer's outputs are cut off as in the trained one.
void decide_by_network(benchmark::State& run) {
  Random random(2);
  test::PensieveParameters parameters;
  parameters.each([&random](float& value) { value = static_cast<float>(random.uniform()) - 0.5F; });
  PensievePolicy policy(std::make_shared<const PensieveNetwork>(*PensieveNetwork::create(
      test::PensieveParameters::manifest(), parameters.bytes(), "random")));
  const media::Track track = varying_track(random);
  const std::vector<State> states = random_states(random);
  const PlaybackBuffer buffer({.ends = {track.end(), MediaTime::min()}});
  std::size_t next = 0;
  for ([[maybe_unused]] auto _ : run) {
    const State& state = states[next++ % states.size()];
    policy.observe({.completed = Timestamp(std::chrono::milliseconds(500) + state.level),
                    .size = ByteCount(500'000)});
    benchmark::DoNotOptimize(policy.choose({.now = Timestamp(std::chrono::seconds(60)),
                                            .track = track,
                                            .segment = state.segment,
                                            .buffer = buffer,
                                            .buffer_level = state.level,
                                            .buffer_capacity = std::chrono::seconds(30),
                                            .previous = state.previous,
                                            .forecast = state.forecast}));
  }
  run.SetItemsProcessed(run.iterations());
}

}  // namespace
}  // namespace rung::abr

int main(int argc, char** argv) {
  for (const std::string_view name : rung::abr::policy_names())
    benchmark::RegisterBenchmark(std::string(name).c_str(),
                                 [name](benchmark::State& run) { rung::abr::decide(run, name); });
  benchmark::RegisterBenchmark("pensieve", rung::abr::decide_by_network);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
