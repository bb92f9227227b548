#include "cli/run_sweep.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <utility>

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

/// What `run` gives for every scenario; with `stop_at_failure` none is begun behind a failure.
template <typename T, typename Run>
std::vector<Expected<T>> run_all(std::size_t size, unsigned jobs, bool stop_at_failure,
                                 const Run& run) {
  std::vector<Expected<T>> outcomes(size);
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> failed = false;
  const auto work = [&] {
    for (std::size_t i = next++; i < outcomes.size() && !failed; i = next++) {
      outcomes[i] = run(i);
      if (!outcomes[i] && stop_at_failure) failed = true;
    }
  };
  std::vector<std::jthread> others;
  for (unsigned i = 1; i < jobs && i < outcomes.size(); ++i) others.emplace_back(work);
  work();
  others.clear();
  return outcomes;
}

/// All of them, or the first failure.
template <typename T>
Expected<std::vector<T>> all_or_failure(std::vector<Expected<T>> outcomes) {
  std::vector<T> made;
  made.reserve(outcomes.size());
  for (Expected<T>& outcome : outcomes) {
    if (!outcome) return tl::unexpected(outcome.error());
    made.push_back(*std::move(outcome));
  }
  return made;
}

}  // namespace

Expected<std::vector<Outcome>> run_sweep(const Sweep& sweep, unsigned jobs,
                                         const SweepObservers& observers) {
  if (observers.transfers != nullptr) observers.transfers->resize(sweep.size());
  return all_or_failure(run_all<Outcome>(sweep.size(), jobs, true, [&](std::size_t i) {
    const std::size_t number = observers.first_in_journal + i;
    const Outcome* known = observers.journal ? observers.journal->known(number) : nullptr;
    Expected<Outcome> outcome =
        known ? Expected<Outcome>(*known)
              : sweep.run(i, observers.transfers ? &(*observers.transfers)[i] : nullptr);
    if (!known && observers.journal && outcome) observers.journal->add(number, *outcome);
    if (observers.progress) observers.progress->add(1);
    return outcome;
  }));
}

Expected<std::vector<BottleneckOutcome>> run_bottlenecks(const Sweep& sweep, unsigned jobs) {
  return all_or_failure(run_all<BottleneckOutcome>(
      sweep.size(), jobs, true, [&](std::size_t i) { return run_on_bottleneck(sweep, i); }));
}

std::vector<Expected<Outcome>> run_each(const Sweep& sweep, unsigned jobs) {
  return run_all<Outcome>(sweep.size(), jobs, false, [&](std::size_t i) { return sweep.run(i); });
}

}  // namespace rung::cli
