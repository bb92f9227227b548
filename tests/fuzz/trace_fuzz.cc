#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/check.h"
#include "core/limits.h"
#include "network_sim/parse_trace.h"
#include "network_sim/trace_stats.h"

// Any text, read as every format: a trace within the limits that survives writing, or an error with
// a message.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace rung;
  using network_sim::TraceFormat;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  constexpr std::array<std::optional<TraceFormat>, 5> formats{
      std::nullopt, TraceFormat::csv, TraceFormat::sabre_json, TraceFormat::pensieve,
      TraceFormat::mahimahi};
  for (const auto format : formats) {
    const auto trace = network_sim::parse_trace(text, "fuzz", format);
    if (!trace) {
      RUNG_CHECK(!trace.error().message.empty() && trace.error().where.starts_with("fuzz"));
      continue;
    }
    RUNG_CHECK(trace->duration() <= limits::trace_duration);
    RUNG_CHECK(network_sim::trace_stats(*trace).maximum <= limits::trace_rate);
    const auto written = network_sim::write_trace(*trace, TraceFormat::csv);
    RUNG_CHECK(written && network_sim::parse_trace(*written, "fuzz") == trace);
  }
  return 0;
}
