#pragma once

#include <string>
#include <vector>

#include "network_sim/sweep.h"
#include "network_sim/transfer_record.h"

namespace rung::cli {

/// One row of tab-separated values for each transfer, in the sweep's order, with a head line;
/// docs/simulate.md names the columns. Times in seconds on the session's time line with full
/// precision; first_byte_s is empty where nothing had arrived.
[[nodiscard]] std::string decision_table(
    const network_sim::Sweep& sweep,
    const std::vector<std::vector<network_sim::TransferRecord>>& transfers);

}  // namespace rung::cli
