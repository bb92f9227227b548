#pragma once

#include <string>
#include <string_view>

#include "core/expected.h"
#include "network_sim/trace.h"

// The form of Mahimahi's link shell (Netravali et al., USENIX ATC 2015): every line is the time in
// whole milliseconds at which the link can deliver 1500 bytes; a time that is there twice delivers
// twice as much. The last time is the length of the trace: it starts again there.
//
// Reading makes it fluid, millisecond by millisecond: the n deliveries at time t become a rate of
// n * 12 Mbit/s on (t - 1 ms, t], so that exactly the bytes of the file are through at each of its
// time stamps; milliseconds without deliveries are outages. Deliveries at time 0 belong to the end
// of the round, where Mahimahi delivers them too from the second round on. Neighbouring
// milliseconds of the same rate are one piece.
//
// Writing puts delivery k at the first whole millisecond by which 1500 k bytes are through. The
// last line must be the length of the trace, or the next round would begin too early: what is left
// of a packet there, and the silence of a trace that ends in an outage, cost one delivery at the
// end, at most 1500 bytes a round too much. A trace whose length is no whole number of
// milliseconds is lengthened to the next one. What was read from a file without deliveries at time
// 0 is written as the same file. RTTs are not written.

namespace rung::network_sim {

[[nodiscard]] Expected<Trace> read_mahimahi_trace(std::string_view text, std::string name);
/// Fails (limit_exceeded) when more than limits::trace_points lines would be needed.
[[nodiscard]] Expected<std::string> write_mahimahi_trace(const Trace& trace);

}  // namespace rung::network_sim
