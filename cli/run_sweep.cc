#include "cli/run_sweep.h"

#include <algorithm>
#include <cstddef>
#include <thread>
#include <utility>

#include "cli/ranks.h"
#include "cli/shared_work.h"
#include "cli/sweep_journal.h"
#include "cli/sweep_progress.h"

namespace rung::cli {

using network_sim::BottleneckOutcome;
using network_sim::Outcome;
using network_sim::Sweep;

unsigned threads_for(unsigned jobs) {
  return jobs > 0 ? jobs : std::max(1U, std::thread::hardware_concurrency());
}

namespace {

/// What every scenario came to, for those who are told of it.
Expected<std::vector<Expected<Outcome>>> run_for(const SweepObservers& observers,
                                                 const Sweep& sweep, unsigned jobs,
                                                 bool stop_at_failure) {
  if (observers.transfers != nullptr) observers.transfers->resize(sweep.size());
  const auto run = [&](std::size_t i) {
    const std::size_t number = observers.first_in_journal + i;
    const Outcome* known = observers.journal ? observers.journal->known(number) : nullptr;
    Expected<Outcome> outcome =
        known ? Expected<Outcome>(*known)
              : sweep.run(i, observers.transfers ? &(*observers.transfers)[i] : nullptr);
    if (!known && observers.journal && outcome) observers.journal->add(number, *outcome);
    if (observers.progress) observers.progress->add(1);
    return outcome;
  };
  if (observers.ranks == nullptr) return run_all<Outcome>(sweep.size(), jobs, stop_at_failure, run);
  return run_shared<Outcome>(*observers.ranks, sweep.size(), jobs, stop_at_failure, run);
}

}  // namespace

Expected<std::vector<Outcome>> run_sweep(const Sweep& sweep, unsigned jobs,
                                         const SweepObservers& observers) {
  return all_or_failure(run_for(observers, sweep, jobs, true));
}

Expected<std::vector<BottleneckOutcome>> run_bottlenecks(const Sweep& sweep, unsigned jobs,
                                                         Ranks& ranks) {
  return all_or_failure(run_shared<BottleneckOutcome>(
      ranks, sweep.size(), jobs, true, [&](std::size_t i) { return run_on_bottleneck(sweep, i); }));
}

Expected<std::vector<Expected<Outcome>>> run_each(const Sweep& sweep, unsigned jobs,
                                                  const SweepObservers& observers) {
  return run_for(observers, sweep, jobs, false);
}

}  // namespace rung::cli
