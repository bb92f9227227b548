#include "player/freshness.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

namespace rung::player {
namespace {

/// The next part of a list between commas, in lower case and without blanks and quotation marks.
std::string take_directive(std::string_view& list) {
  const std::size_t comma = std::min(list.find(','), list.size());
  std::string directive;
  for (const char letter : list.substr(0, comma))
    if (std::string_view(" \t\"").find(letter) == std::string_view::npos)
      directive += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  list.remove_prefix(std::min(comma + 1, list.size()));
  return directive;
}

/// Whole seconds, `longest` at most; none where it is no number.
std::optional<Duration> seconds_of(std::string_view text) {
  std::uint64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || end != text.data() + text.size()) return std::nullopt;
  constexpr auto most = static_cast<std::uint64_t>(
      std::chrono::seconds(Freshness::longest / std::chrono::seconds(1)).count());
  if (error != std::errc{}) seconds = most;  // More than a number holds.
  return std::chrono::seconds(static_cast<std::int64_t>(std::min(seconds, most)));
}

}  // namespace

Duration age_of(std::string_view age) { return seconds_of(age).value_or(Duration::zero()); }

Freshness freshness_of(std::string_view cache_control, std::string_view age, bool expires) {
  Freshness freshness;
  if (expires && cache_control.empty()) freshness.fresh_for = Duration::zero();
  constexpr std::string_view max_age = "max-age=";
  while (!cache_control.empty()) {
    const std::string directive = take_directive(cache_control);
    if (directive == "no-store") freshness.may_keep = false;
    Duration allowed = Freshness::longest;
    if (directive.starts_with("no-cache")) allowed = Duration::zero();
    if (directive.starts_with(max_age))
      allowed =
          seconds_of(std::string_view(directive).substr(max_age.size())).value_or(Duration::zero());
    freshness.fresh_for = std::min(freshness.fresh_for, allowed);
  }
  if (!age.empty())
    freshness.fresh_for = std::max(
        freshness.fresh_for - seconds_of(age).value_or(Freshness::longest), Duration::zero());
  return freshness;
}

Freshness both(const Freshness& one, const Freshness& other) {
  return {.may_keep = one.may_keep && other.may_keep,
          .fresh_for = std::min(one.fresh_for, other.fresh_for)};
}

}  // namespace rung::player
