#include <benchmark/benchmark.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <future>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/random.h"
#include "recommend/plays.h"
#include "recommend/recommender.h"

// One `next` query after long histories, and training, over generated logs: viewers who walk from
// one title to a near one and jump now and then, so that every title has many followers.

namespace rung::recommend {
namespace {

Plays walks(std::size_t viewers, std::size_t titles, std::size_t plays_each) {
  Random random(3);
  Plays plays;
  for (std::size_t title = 0; title < titles; ++title)
    plays.titles.push_back("t" + std::to_string(title));
  for (std::size_t viewer = 0; viewer < viewers; ++viewer) {
    plays.viewers.push_back("v" + std::to_string(viewer));
    std::vector<Play>& own = plays.by_viewer.emplace_back();
    std::size_t at = random.below(titles);
    for (std::size_t play = 0; play < plays_each; ++play) {
      at =
          random.uniform() < 0.2 ? random.below(titles) : (at + random.below(titles / 10)) % titles;
      own.push_back({.title = static_cast<TitleIndex>(at),
                     .time = std::chrono::sys_seconds(std::chrono::hours(play))});
    }
  }
  return plays;
}

/// Arguments: titles in the catalogue, titles in the history.
void next_title(benchmark::State& state) {
  const auto titles = static_cast<std::size_t>(state.range(0));
  static std::map<std::size_t, Recommender> trained;
  const Plays plays = walks(3000, titles, 100);
  const Recommender& recommender =
      trained.try_emplace(titles, Recommender::train(plays, {.fitted_choices = 100})).first->second;
  std::vector<std::vector<TitleIndex>> histories;
  for (std::size_t viewer = 0; viewer < 64; ++viewer) {
    histories.push_back(titles_of(plays.by_viewer[viewer]));
    histories.back().resize(static_cast<std::size_t>(state.range(1)));
  }
  std::size_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(recommender.next(histories[at % histories.size()], 10));
    ++at;
  }
}
BENCHMARK(next_title)->ArgsProduct({{3000, 100'000}, {10, 100}})->Unit(benchmark::kMicrosecond);

/// As `rung recommend train` does it, on two cores. Arguments: titles in the catalogue; a million
/// plays by ten thousand viewers.
void train(benchmark::State& state) {
  const Plays plays = walks(10'000, static_cast<std::size_t>(state.range(0)), 100);
  for (auto _ : state) {
    auto fit = std::async(std::launch::async, [&] { return held_out_choices(plays, {}); });
    FeatureSources sources = FeatureSources::train(plays, TrainingOptions{}.seed);
    benchmark::DoNotOptimize(Recommender::of(plays.titles, std::move(sources), fit.get(), {}));
  }
}
BENCHMARK(train)->Arg(3000)->Iterations(1)->UseRealTime()->Unit(benchmark::kSecond);

}  // namespace
}  // namespace rung::recommend

BENCHMARK_MAIN();
