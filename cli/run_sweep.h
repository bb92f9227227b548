#pragma once

#include <cstddef>
#include <vector>

#include "core/expected.h"
#include "network_sim/bottleneck.h"
#include "network_sim/scenario.h"
#include "network_sim/sweep.h"

namespace rung::cli {

class Ranks;
class SweepJournal;
class SweepProgress;

/// Threads for `jobs`, of which 0 stands for one for each processor.
[[nodiscard]] unsigned threads_for(unsigned jobs);

/// Who else is told of a run; nobody, by default. What there is must outlive the run.
struct SweepObservers {
  /// Each session's transfers, in the sweep's order; none of those that another rank runs. Not
  /// together with a journal.
  std::vector<std::vector<network_sim::TransferRecord>>* transfers = nullptr;
  SweepJournal* journal = nullptr;   ///< Sessions that it knows are not run again.
  std::size_t first_in_journal = 0;  ///< The number there of this sweep's first session.
  SweepProgress* progress = nullptr;
  /// Each runs a part, and all get all outcomes.
  Ranks* ranks = nullptr;
};

/// The outcomes in the sweep's order, whichever of the `jobs` threads (at least one) made them. A
/// failure stops the rest; as the numbers are taken in order, the first one of all is among those
/// that ran.
[[nodiscard]] Expected<std::vector<network_sim::Outcome>> run_sweep(
    const network_sim::Sweep& sweep, unsigned jobs, const SweepObservers& observers = {});

/// The same with several sessions on the link of each scenario.
[[nodiscard]] Expected<std::vector<network_sim::BottleneckOutcome>> run_bottlenecks(
    const network_sim::Sweep& sweep, unsigned jobs, Ranks& ranks);

/// As run_sweep() where failures are results: nothing stops. Fails where ranks cannot exchange.
[[nodiscard]] Expected<std::vector<Expected<network_sim::Outcome>>> run_each(
    const network_sim::Sweep& sweep, unsigned jobs, const SweepObservers& observers);

}  // namespace rung::cli
