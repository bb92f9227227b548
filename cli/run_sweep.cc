#include "cli/run_sweep.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>

namespace rung::cli {

using network_sim::Outcome;
using network_sim::Sweep;
using network_sim::TransferRecord;

unsigned threads_for(unsigned jobs) {
  return jobs > 0 ? jobs : std::max(1U, std::thread::hardware_concurrency());
}

namespace {

/// Every scenario's outcome; with `stop_at_failure` none is begun behind a failure.
std::vector<Expected<Outcome>> run_all(const Sweep& sweep, unsigned jobs, bool stop_at_failure,
                                       std::vector<std::vector<TransferRecord>>* transfers) {
  std::vector<Expected<Outcome>> outcomes(sweep.size());
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> failed = false;
  const auto work = [&] {
    for (std::size_t i = next++; i < outcomes.size() && !failed; i = next++) {
      outcomes[i] = sweep.run(i, transfers == nullptr ? nullptr : &(*transfers)[i]);
      if (!outcomes[i] && stop_at_failure) failed = true;
    }
  };
  std::vector<std::jthread> others;
  for (unsigned i = 1; i < jobs && i < outcomes.size(); ++i) others.emplace_back(work);
  work();
  others.clear();
  return outcomes;
}

}  // namespace

Expected<std::vector<Outcome>> run_sweep(const Sweep& sweep, unsigned jobs,
                                         std::vector<std::vector<TransferRecord>>* transfers) {
  if (transfers != nullptr) transfers->resize(sweep.size());
  const std::vector<Expected<Outcome>> outcomes = run_all(sweep, jobs, true, transfers);
  std::vector<Outcome> made;
  made.reserve(outcomes.size());
  for (const Expected<Outcome>& outcome : outcomes) {
    if (!outcome) return tl::unexpected(outcome.error());
    made.push_back(*outcome);
  }
  return made;
}

std::vector<Expected<Outcome>> run_each(const Sweep& sweep, unsigned jobs) {
  return run_all(sweep, jobs, false, nullptr);
}

}  // namespace rung::cli
