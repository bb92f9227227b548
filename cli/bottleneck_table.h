#pragma once

#include <string>
#include <vector>

#include "network_sim/bottleneck.h"
#include "network_sim/sweep.h"

// Several sessions on one link, as text; docs/simulate.md.

namespace rung::cli {

/// One row for each session; the columns of simulation_table.h and further ones behind them.
[[nodiscard]] std::string bottleneck_csv(const network_sim::Sweep& sweep,
                                         const std::vector<network_sim::BottleneckOutcome>& runs);
[[nodiscard]] std::string bottleneck_json_lines(
    const network_sim::Sweep& sweep, const std::vector<network_sim::BottleneckOutcome>& runs);
/// One line for each mix of policies and, below it, one for each of its sessions.
[[nodiscard]] std::string bottleneck_table(const network_sim::Sweep& sweep,
                                           const std::vector<network_sim::BottleneckOutcome>& runs);

}  // namespace rung::cli
