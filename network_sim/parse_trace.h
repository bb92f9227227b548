#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/expected.h"
#include "network_sim/trace.h"
#include "network_sim/trace_format.h"

namespace rung::network_sim {

/// Reads a trace in any of the known formats; without `format` the content decides. Strict: what is
/// negative, not a number, absurdly large, out of order, empty or beyond core/limits.h is refused
/// with one error that names the line ("`name` line 7").
[[nodiscard]] Expected<Trace> parse_trace(std::string_view text, std::string name,
                                          std::optional<TraceFormat> format = std::nullopt);

/// The trace as a document. What a format cannot hold is told in its header in trace_formats/.
/// Fails when the document would be beyond core/limits.h.
[[nodiscard]] Expected<std::string> write_trace(const Trace& trace, TraceFormat format);

}  // namespace rung::network_sim
