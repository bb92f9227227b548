#include "media/iso8601.h"

#include <algorithm>
#include <cstdint>

namespace rung::media {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t nanoseconds_per_second = 1'000'000'000;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes the digits at the front; nullopt without any. Saturates far beyond furthest_time.
std::optional<std::int64_t> take_digits(std::string_view& text) {
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  std::int64_t value = 0;
  while (!text.empty() && is_digit(text.front())) {
    value = std::min<std::int64_t>(value * 10 + (text.front() - '0'), 100'000'000'000'000);
    text.remove_prefix(1);
  }
  return value;
}

/// Takes digits behind a decimal point, as nanoseconds.
std::int64_t take_fraction(std::string_view& text) {
  std::int64_t value = 0;
  std::int64_t place = nanoseconds_per_second / 10;
  while (!text.empty() && is_digit(text.front())) {
    value += place * (text.front() - '0');
    place /= 10;
    text.remove_prefix(1);
  }
  return value;
}

bool take(std::string_view& text, char letter) {
  if (text.empty() || text.front() != letter) return false;
  text.remove_prefix(1);
  return true;
}

struct Amount {
  std::int64_t whole = 0;
  std::int64_t nanoseconds = 0;
};

/// "12", "12.5", "12,5" or ".5".
std::optional<Amount> take_amount(std::string_view& text) {
  Amount amount;
  const auto whole = take_digits(text);
  amount.whole = whole.value_or(0);
  if (take(text, '.') || take(text, ',')) {
    if (!whole && (text.empty() || !is_digit(text.front()))) return std::nullopt;
    amount.nanoseconds = take_fraction(text);
  } else if (!whole) {
    return std::nullopt;
  }
  return amount;
}

std::optional<Duration> bounded(Wide nanoseconds) {
  if (nanoseconds > furthest_time.count() || nanoseconds < -Wide{furthest_time.count()})
    return std::nullopt;
  return Duration(static_cast<std::int64_t>(nanoseconds));
}

/// Days from 1970-01-01 to a date of the Gregorian calendar. Years are counted from March, so that
/// a leap day is the last day of its year.
std::int64_t days_since_1970(std::int64_t year, std::int64_t month, std::int64_t day) {
  if (month <= 2) --year;
  const std::int64_t month_from_march = (month + 9) % 12;
  const std::int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
  const std::int64_t days = 365 * year + year / 4 - year / 100 + year / 400 + day_of_year;
  constexpr std::int64_t days_to_1970 = 719'468;  // from 0000-03-01
  return days - days_to_1970;
}

std::int64_t days_in_month(std::int64_t year, std::int64_t month) {
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  if (month == 2) return leap ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/// "Z", "+01:00", "-0330", "+01" or nothing, in seconds east of UTC.
std::optional<std::int64_t> parse_zone(std::string_view text) {
  if (text.empty() || text == "Z" || text == "z") return 0;
  const bool west = text.front() == '-';
  if (!west && text.front() != '+') return std::nullopt;
  text.remove_prefix(1);
  if (text.size() < 2 || !is_digit(text[0]) || !is_digit(text[1])) return std::nullopt;
  const std::int64_t hours = (text[0] - '0') * 10 + (text[1] - '0');
  text.remove_prefix(2);
  take(text, ':');
  const std::int64_t minutes = take_digits(text).value_or(0);
  if (!text.empty() || hours > 24 || minutes > 59) return std::nullopt;
  return (west ? -1 : 1) * (hours * 3600 + minutes * 60);
}

}  // namespace

std::optional<Duration> parse_iso8601_duration(std::string_view text) {
  text = trimmed(text);
  const bool negative = take(text, '-');
  if (!take(text, 'P') || text.empty()) return std::nullopt;
  struct Unit {
    char letter;
    std::int64_t seconds;
  };
  static constexpr Unit date_units[] = {
      {'Y', 365 * 86'400}, {'M', 30 * 86'400}, {'W', 7 * 86'400}, {'D', 86'400}};
  static constexpr Unit time_units[] = {{'H', 3'600}, {'M', 60}, {'S', 1}};
  Wide total = 0;
  // Every unit once, in descending order.
  const auto take_units = [&](auto& units) {
    auto unit = std::begin(units);
    while (!text.empty() && text.front() != 'T') {
      const auto amount = take_amount(text);
      if (!amount || text.empty()) return false;
      while (unit != std::end(units) && unit->letter != text.front()) ++unit;
      if (unit == std::end(units)) return false;
      total += (Wide{amount->whole} * nanoseconds_per_second + amount->nanoseconds) * unit->seconds;
      ++unit;
      text.remove_prefix(1);
    }
    return true;
  };
  if (!take_units(date_units)) return std::nullopt;
  if (take(text, 'T') && (!take_units(time_units) || !text.empty())) return std::nullopt;
  return bounded(negative ? -total : total);
}

std::optional<Duration> parse_iso8601_instant(std::string_view text) {
  text = trimmed(text);
  const auto year = take_digits(text);
  if (!year || *year > 9999 || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text);
  if (!month || *month < 1 || *month > 12 || !take(text, '-')) return std::nullopt;
  const auto day = take_digits(text);
  if (!day || *day < 1 || *day > days_in_month(*year, *month)) return std::nullopt;
  std::int64_t second_of_day = 0;
  std::int64_t nanoseconds = 0;
  if (take(text, 'T') || take(text, 't') || take(text, ' ')) {
    const auto hour = take_digits(text);
    if (!hour || *hour > 24 || !take(text, ':')) return std::nullopt;
    const auto minute = take_digits(text);
    if (!minute || *minute > 59) return std::nullopt;
    std::int64_t second = 0;
    if (take(text, ':')) {
      const auto digits = take_digits(text);
      if (!digits || *digits > 60) return std::nullopt;
      second = *digits;
      if (take(text, '.') || take(text, ',')) nanoseconds = take_fraction(text);
    }
    second_of_day = *hour * 3600 + *minute * 60 + second;
  }
  const auto zone = parse_zone(text);
  if (!zone) return std::nullopt;
  const Wide seconds = Wide{days_since_1970(*year, *month, *day)} * 86'400 + second_of_day - *zone;
  const Wide total = seconds * nanoseconds_per_second + nanoseconds;
  const Wide furthest = furthest_time.count();
  return Duration(static_cast<std::int64_t>(std::clamp(total, -furthest, furthest)));
}

std::optional<Duration> parse_decimal_seconds(std::string_view text) {
  const auto amount = take_amount(text);
  if (!amount || !text.empty()) return std::nullopt;
  return bounded(Wide{amount->whole} * nanoseconds_per_second + amount->nanoseconds);
}

}  // namespace rung::media
