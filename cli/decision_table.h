#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "network_sim/sweep.h"
#include "network_sim/transfer_record.h"

namespace rung::cli {

/// The names of the columns of decision_rows(), which docs/simulate.md explains.
[[nodiscard]] std::string decision_head();
/// One row of tab-separated values for each transfer of the sweep's session `index`. Times in
/// seconds on the session's time line with full precision; first_byte_s is empty where nothing had
/// arrived.
[[nodiscard]] std::string decision_rows(const network_sim::Sweep& sweep, std::size_t index,
                                        const std::vector<network_sim::TransferRecord>& transfers);

}  // namespace rung::cli
