#pragma once

#include <optional>
#include <string_view>

namespace rung::network_sim {

/// The forms in which traces are kept on disk; docs/trace-format.md describes each.
enum class TraceFormat {
  csv,         ///< `duration_ms,down_kbps,rtt_ms`: lossless.
  sabre_json,  ///< A JSON list of {duration_ms, bandwidth_kbps, latency_ms}.
  pensieve,    ///< Lines of `seconds megabits_per_second`.
  mahimahi,    ///< One millisecond time stamp for every 1500 bytes that the link can deliver.
};

/// The name used by `--format`, `--from` and `--to`: "csv", "sabre", "pensieve", "mahimahi".
[[nodiscard]] std::string_view to_string(TraceFormat format);
[[nodiscard]] std::optional<TraceFormat> trace_format_from_name(std::string_view name);

/// The format that the content looks like, judged by its first line that is neither empty nor a
/// `#` comment: `[` or `{` is Sabre's JSON, a comma or a column name is CSV, two fields are
/// Pensieve's, one field is Mahimahi's. Nothing when it looks like none of them, or like Oboe's
/// traces: two columns as well, but milliseconds and kbit/s, every rate on two lines.
[[nodiscard]] std::optional<TraceFormat> detect_trace_format(std::string_view text);

}  // namespace rung::network_sim
