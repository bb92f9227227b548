#include "cli/start_place.h"

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "core/limits.h"

namespace rung::cli {
namespace {

/// A number without a sign or an exponent; none for what is none.
std::optional<double> plain_number(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789.") != std::string_view::npos)
    return std::nullopt;
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Seconds of a clock's parts: hours and minutes are whole, and only the first part is 60 or more.
std::optional<double> clock_seconds(std::string_view text) {
  double seconds = 0;
  for (int part = 0; part < 3; ++part) {
    const std::size_t colon = text.find(':');
    const bool last = colon == std::string_view::npos;
    const std::string_view digits = text.substr(0, colon);
    const auto number = plain_number(digits);
    if (!number || (part > 0 && *number >= 60) ||
        (!last && digits.find('.') != std::string_view::npos))
      return std::nullopt;
    seconds = seconds * 60 + *number;
    if (last) return seconds;
    text.remove_prefix(colon + 1);
  }
  return std::nullopt;
}

}  // namespace

void add_start_flags(CLI::App& command, StartFlags& flags) {
  command.add_option("--start", flags.start,
                     "Begin there, whatever was left: 90 (seconds), 1:30, 1:02:03 or 25%");
  command.add_flag("--resume", flags.resume,
                   "Remember places of headless and of scripted playbacks, too, and go on there");
}

Expected<player::StartPlace> parse_start_place(const std::string& text) {
  if (text.ends_with('%')) {
    const auto percent = plain_number(std::string_view(text).substr(0, text.size() - 1));
    if (percent && *percent < 100) return player::StartPlace{.place = *percent / 100};
  } else if (const auto seconds = clock_seconds(text);
             seconds && *seconds <= to_seconds(limits::session_time)) {
    return player::StartPlace{.place = MediaTime(from_seconds(*seconds))};
  }
  return failure(ErrorCode::invalid_argument,
                 "is no place in a title; one is 90 (seconds), 1:30, 1:02:03 or 25%",
                 "--start " + text);
}

}  // namespace rung::cli
