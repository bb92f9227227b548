#include "network_sim/parse_trace.h"

#include <utility>

#include "core/limits.h"
#include "network_sim/trace_formats/csv_trace.h"
#include "network_sim/trace_formats/mahimahi_trace.h"
#include "network_sim/trace_formats/pensieve_trace.h"
#include "network_sim/trace_formats/sabre_trace.h"
#include "network_sim/trace_formats/trace_text.h"

namespace rung::network_sim {

Expected<Trace> parse_trace(std::string_view text, std::string name,
                            std::optional<TraceFormat> format) {
  if (text.size() > static_cast<std::size_t>(limits::text_file_size.bytes()))
    return failure(ErrorCode::limit_exceeded, "the trace is larger than 256 MiB", std::move(name));
  if (without_blanks(text).empty())
    return failure(ErrorCode::malformed, "the trace is empty", std::move(name));
  if (!format) format = detect_trace_format(text);
  if (!format)
    return failure(ErrorCode::unsupported,
                   "the content is in none of the trace formats csv, sabre, pensieve, mahimahi",
                   std::move(name));
  switch (*format) {
    case TraceFormat::csv:
      return read_csv_trace(text, std::move(name));
    case TraceFormat::sabre_json:
      return read_sabre_trace(text, std::move(name));
    case TraceFormat::pensieve:
      return read_pensieve_trace(text, std::move(name));
    case TraceFormat::mahimahi:
      return read_mahimahi_trace(text, std::move(name));
  }
  return failure(ErrorCode::unsupported, "no such trace format");
}

Expected<std::string> write_trace(const Trace& trace, TraceFormat format) {
  switch (format) {
    case TraceFormat::csv:
      return write_csv_trace(trace);
    case TraceFormat::sabre_json:
      return write_sabre_trace(trace);
    case TraceFormat::pensieve:
      return write_pensieve_trace(trace);
    case TraceFormat::mahimahi:
      return write_mahimahi_trace(trace);
  }
  return failure(ErrorCode::unsupported, "no such trace format");
}

}  // namespace rung::network_sim
