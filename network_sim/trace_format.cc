#include "network_sim/trace_format.h"

#include <algorithm>
#include <array>
#include <utility>

#include "network_sim/trace_formats/trace_text.h"

namespace rung::network_sim {
namespace {

using enum TraceFormat;

constexpr std::array<std::pair<std::string_view, TraceFormat>, 4> names{{
    {"csv", csv},
    {"sabre", sabre_json},
    {"pensieve", pensieve},
    {"mahimahi", mahimahi},
}};

/// Oboe writes a line for the beginning and one for the end of every transfer, with the same rate,
/// and never starts at 0. Read as seconds and Mbit/s that would be silently wrong.
bool looks_like_oboe(std::string_view text) {
  constexpr std::size_t pairs_to_see = 4;
  TextLines lines(text);
  std::string_view first_rate;
  bool rates_differ = false;
  for (std::size_t pair = 0; pair < pairs_to_see; ++pair) {
    std::array<std::string_view, 2> rates;
    for (std::string_view& rate : rates) {
      if (!lines.next()) return rates_differ;
      const auto fields = split_fields(lines.line());
      if (fields.size() != 2) return rates_differ;
      if (fields[0].find_first_not_of("0.") == std::string_view::npos) return false;
      rate = fields[1];
    }
    if (rates[0] != rates[1]) return false;
    if (pair == 0) first_rate = rates[0];
    if (rates[0] != first_rate) rates_differ = true;
  }
  return rates_differ;
}

}  // namespace

std::string_view to_string(TraceFormat format) {
  return std::ranges::find(names, format, &std::pair<std::string_view, TraceFormat>::second)->first;
}

std::optional<TraceFormat> trace_format_from_name(std::string_view name) {
  const auto* const found =
      std::ranges::find(names, name, &std::pair<std::string_view, TraceFormat>::first);
  if (found == names.end()) return std::nullopt;
  return found->second;
}

std::optional<TraceFormat> detect_trace_format(std::string_view text) {
  TextLines lines(text);
  while (lines.next()) {
    const std::string_view line = lines.line();
    if (line.empty() || line.front() == '#') continue;
    if (line.front() == '[' || line.front() == '{') return sabre_json;
    if (line.find(',') != std::string_view::npos || line.starts_with("duration_ms")) return csv;
    const std::size_t fields = split_fields(line).size();
    if (fields == 2 && !looks_like_oboe(text)) return pensieve;
    if (fields == 1) return mahimahi;
    return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace rung::network_sim
