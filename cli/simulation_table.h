#pragma once

#include <string>
#include <vector>

#include "network_sim/scenario.h"
#include "network_sim/sweep.h"

namespace rung::cli {

/// Every scenario of the sweep as one row with all that is known of it, exactly: a head line and
/// comma-separated values, or one JSON object a line. Times are in seconds, to the nanosecond.
[[nodiscard]] std::string simulation_csv(const network_sim::Sweep& sweep,
                                         const std::vector<network_sim::Outcome>& outcomes);
[[nodiscard]] std::string simulation_json_lines(const network_sim::Sweep& sweep,
                                                const std::vector<network_sim::Outcome>& outcomes);
/// For people: for each policy the mean and the median over its scenarios, and the sums.
[[nodiscard]] std::string simulation_table(const network_sim::Sweep& sweep,
                                           const std::vector<network_sim::Outcome>& outcomes);

}  // namespace rung::cli
