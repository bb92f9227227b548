#include "network_sim/trace_formats/trace_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "core/limits.h"

namespace rung::network_sim {
namespace {

constexpr std::string_view blanks = " \t\r\n\v\f";

Expected<std::int64_t> read_plain(std::string_view text, const NumberKind& kind) {
  __extension__ using Wide = __int128;
  Wide value = 0;
  int decimals_left = kind.decimals;
  bool behind_point = false;
  bool round_up = false;
  for (const char c : text) {
    if (c == '.') {
      behind_point = true;
      continue;
    }
    if (behind_point && decimals_left == 0) {
      round_up = c >= '5';
      break;
    }
    value = value * 10 + (c - '0');
    if (behind_point) --decimals_left;
    if (value > kind.maximum) break;
  }
  for (; decimals_left > 0 && value <= kind.maximum; --decimals_left) value *= 10;
  if (round_up) ++value;
  if (value > kind.maximum)
    return failure(ErrorCode::limit_exceeded,
                   std::string(kind.name) + " " + quoted(text) + " is too large");
  return static_cast<std::int64_t>(value);
}

BitRate in_bits_per_second(std::int64_t value) { return BitRate::bits_per_second(value); }

NumberKind rate_kind(int decimals) {
  return {
      .name = "the rate", .decimals = decimals, .maximum = limits::trace_rate.bits_per_second()};
}

}  // namespace

bool TextLines::next() {
  if (number_ == 0 && rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
  if (rest_.empty()) return false;
  const std::size_t end = std::min(rest_.find('\n'), rest_.size());
  line_ = without_blanks(rest_.substr(0, end));
  rest_.remove_prefix(std::min(end + 1, rest_.size()));
  ++number_;
  return true;
}

std::string_view without_blanks(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::vector<std::string_view> split_fields(std::string_view line) {
  std::vector<std::string_view> fields;
  std::size_t begin = line.find_first_not_of(blanks);
  while (begin != std::string_view::npos) {
    const std::size_t end = std::min(line.find_first_of(blanks, begin), line.size());
    fields.push_back(line.substr(begin, end - begin));
    begin = line.find_first_not_of(blanks, end);
  }
  return fields;
}

std::vector<std::string_view> split_cells(std::string_view line) {
  std::vector<std::string_view> cells;
  for (;;) {
    const std::size_t comma = line.find(',');
    cells.push_back(without_blanks(line.substr(0, comma)));
    if (comma == std::string_view::npos) return cells;
    line.remove_prefix(comma + 1);
  }
}

Expected<std::int64_t> read_number(std::string_view text, const NumberKind& kind) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = end == text.data() + text.size() && !text.empty();
  if (!whole || error == std::errc::invalid_argument || std::isnan(value))
    return failure(ErrorCode::malformed,
                   std::string(kind.name) + " " + quoted(text) + " is not a number");
  if (text.front() == '-' && (value < 0 || error == std::errc::result_out_of_range))
    return failure(ErrorCode::malformed,
                   std::string(kind.name) + " " + quoted(text) + " is negative");
  if (text.find_first_not_of("0123456789.") == std::string_view::npos)
    return read_plain(text, kind);
  // With an exponent a double is what the writer had.
  const double scaled_value = value * std::pow(10.0, kind.decimals);
  if (error == std::errc::result_out_of_range || scaled_value > static_cast<double>(kind.maximum))
    return failure(ErrorCode::limit_exceeded,
                   std::string(kind.name) + " " + quoted(text) + " is out of range");
  return static_cast<std::int64_t>(std::floor(scaled_value + 0.5));
}

Expected<Duration> read_milliseconds(std::string_view text, std::string_view name) {
  return read_number(text, {.name = name, .decimals = 6, .maximum = limits::trace_duration.count()})
      .map([](std::int64_t nanoseconds) { return Duration(nanoseconds); });
}

Expected<Duration> read_seconds(std::string_view text, std::string_view name) {
  return read_number(text, {.name = name, .decimals = 9, .maximum = limits::trace_duration.count()})
      .map([](std::int64_t nanoseconds) { return Duration(nanoseconds); });
}

Expected<BitRate> read_kilobits_per_second(std::string_view text) {
  return read_number(text, rate_kind(3)).map(in_bits_per_second);
}

Expected<BitRate> read_megabits_per_second(std::string_view text) {
  return read_number(text, rate_kind(6)).map(in_bits_per_second);
}

Expected<Duration> read_rtt_milliseconds(std::string_view text) {
  return read_number(text, {.name = "the RTT", .decimals = 6, .maximum = limits::trace_rtt.count()})
      .map([](std::int64_t nanoseconds) { return Duration(nanoseconds); });
}

std::string decimal_text(std::int64_t value, int decimals) {
  std::string digits = std::to_string(value);
  const auto width = static_cast<std::size_t>(decimals);
  if (digits.size() <= width) digits.insert(0, width + 1 - digits.size(), '0');
  digits.insert(digits.size() - width, 1, '.');
  digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.back() == '.') digits.pop_back();
  return digits;
}

std::string place(std::string_view name, std::size_t line) {
  return std::string(name) + " line " + std::to_string(line);
}

tl::unexpected<Error> at_line(Error error, std::string_view name, std::size_t line) {
  return failure(error.code, std::move(error.message), place(name, line));
}

std::string quoted(std::string_view text) {
  constexpr std::size_t longest = 40;
  std::string result = "\"";
  for (const char c : text.substr(0, longest)) result += (c >= ' ' && c <= '~') ? c : '?';
  if (text.size() > longest) result += "...";
  return result + "\"";
}

Expected<void> TracePieces::add(const Trace::Piece& piece, std::size_t line) {
  if (piece.duration == Duration::zero()) return {};
  if (pieces_.size() >= limits::trace_points)
    return failure(ErrorCode::limit_exceeded,
                   "the trace has more than " + std::to_string(limits::trace_points) + " points",
                   place(name_, line));
  if (piece.duration > limits::trace_duration - total_)
    return failure(ErrorCode::limit_exceeded, "the trace is longer than 366 days",
                   place(name_, line));
  total_ += piece.duration;
  pieces_.push_back(piece);
  return {};
}

Expected<Trace> TracePieces::trace() && {
  return Trace::create(std::move(name_), std::move(pieces_));
}

}  // namespace rung::network_sim
