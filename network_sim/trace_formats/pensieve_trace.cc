#include "network_sim/trace_formats/pensieve_trace.h"

#include <charconv>
#include <optional>
#include <utility>

#include "core/limits.h"
#include "network_sim/trace_formats/trace_text.h"

namespace rung::network_sim {
namespace {

struct Line {
  Duration time{};
  BitRate rate;
  std::string_view time_text;
  std::string_view rate_text;
};

/// Calls `take(line, number)` for every line; stops at the first error, ours or that of `take`.
template <typename Take>
Expected<void> for_each_line(std::string_view text, std::string_view name, Take take) {
  std::optional<Duration> last;
  TextLines lines(text);
  std::size_t count = 0;
  while (lines.next()) {
    if (lines.line().empty()) continue;
    const auto fields = split_fields(lines.line());
    if (fields.size() != 2)
      return failure(
          ErrorCode::malformed,
          "a time in seconds and a rate in Mbit/s expected, " + quoted(lines.line()) + " found",
          place(name, lines.number()));
    const auto time = read_seconds(fields[0], "the time");
    if (!time) return at_line(time.error(), name, lines.number());
    const auto rate = read_megabits_per_second(fields[1]);
    if (!rate) return at_line(rate.error(), name, lines.number());
    if (last && *time < *last)
      return failure(ErrorCode::malformed, "the time " + quoted(fields[0]) + " goes backwards",
                     place(name, lines.number()));
    if (++count > limits::trace_points)
      return failure(ErrorCode::limit_exceeded,
                     "the trace has more than " + std::to_string(limits::trace_points) + " points",
                     place(name, lines.number()));
    const Expected<void> taken =
        take(Line{.time = *time, .rate = *rate, .time_text = fields[0], .rate_text = fields[1]},
             lines.number());
    if (!taken) return taken;
    last = *time;
  }
  return {};
}

/// A number that has been checked already, as the double that any correct reader gets.
double as_double(std::string_view text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

Expected<std::vector<PensieveSample>> read_pensieve_samples(std::string_view text,
                                                            std::string_view name) {
  std::vector<PensieveSample> samples;
  const auto read = for_each_line(text, name, [&](const Line& line, std::size_t number) {
    samples.push_back(PensieveSample{.seconds = as_double(line.time_text),
                                     .megabits_per_second = as_double(line.rate_text),
                                     .line = number});
    return Expected<void>{};
  });
  if (!read) return tl::unexpected(read.error());
  if (samples.size() < 2)
    return failure(ErrorCode::malformed, "the trace needs two lines at least", std::string(name));
  return samples;
}

Expected<Trace> read_pensieve_trace(std::string_view text, std::string name) {
  TracePieces pieces(std::move(name));
  std::optional<Duration> last;
  const auto read = for_each_line(text, pieces.name(), [&](const Line& line, std::size_t number) {
    const Duration begin = last.value_or(line.time);
    last = line.time;
    return pieces.add({.duration = line.time - begin, .rate = line.rate, .rtt = std::nullopt},
                      number);
  });
  if (!read) return tl::unexpected(read.error());
  return std::move(pieces).trace();
}

std::string write_pensieve_trace(const Trace& trace) {
  std::string text = "0 " + decimal_text(trace.pieces().front().rate.bits_per_second(), 6) + '\n';
  Duration end{};
  for (const Trace::Piece& piece : trace.pieces()) {
    end += piece.duration;
    text +=
        decimal_text(end.count(), 9) + ' ' + decimal_text(piece.rate.bits_per_second(), 6) + '\n';
  }
  return text;
}

}  // namespace rung::network_sim
