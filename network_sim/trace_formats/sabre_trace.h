#pragma once

#include <string>
#include <string_view>

#include "core/expected.h"
#include "network_sim/trace.h"

// The form of Sabre (Spiteri, Sitaraman, Sparacio, MMSys 2018): a JSON list of objects
//
//     {"duration_ms": 1050, "bandwidth_kbps": 2672, "latency_ms": 100}
//
// The rate holds from where the one before it ended; `latency_ms` is the time from a request to its
// first byte, which is our RTT. Entries that last no time (the published logs have some) are left
// out. Other members with plain values are passed over, nested ones are refused. The reader works
// line by line in one pass instead of building a document, so that an error can name its line.

namespace rung::network_sim {

[[nodiscard]] Expected<Trace> read_sabre_trace(std::string_view text, std::string name);
/// Sabre needs a latency in every entry: 0 is written where the trace tells none.
[[nodiscard]] std::string write_sabre_trace(const Trace& trace);

}  // namespace rung::network_sim
