#pragma once

#include <string>
#include <string_view>

#include "core/expected.h"
#include "network_sim/trace.h"

// Rung's own form, one piece a line:
//
//     # anything behind a hash sign is a comment
//     duration_ms,down_kbps,rtt_ms
//     40000,4000,40
//     40000,800.5,40
//
// The line of column names may be missing; then the columns are these, in this order. `rtt_ms` may
// be missing as a column or empty in a line. Durations keep six decimals (nanoseconds), rates three
// (bits per second), so nothing is lost by writing and reading.

namespace rung::network_sim {

[[nodiscard]] Expected<Trace> read_csv_trace(std::string_view text, std::string name);
[[nodiscard]] std::string write_csv_trace(const Trace& trace);

}  // namespace rung::network_sim
