#pragma once

#include <optional>
#include <string_view>

#include "core/time.h"

namespace rung::media {

/// Times that lie further than this from zero are not accepted: far behind any presentation, and
/// sums of a few of them still fit into a Duration.
inline constexpr Duration furthest_time = std::chrono::hours(24 * 365 * 70);

/// An xs:duration such as "PT1H2M3.5S" or "-P1D"; a year counts as 365 days, a month as 30, as
/// players agree. Nullopt when it is none, or beyond furthest_time.
[[nodiscard]] std::optional<Duration> parse_iso8601_duration(std::string_view text);

/// A date and time such as "2024-02-29T12:00:00.5+01:00" (also with a zone of "+0100", and UTC
/// where none is given), as the time since the start of 1970 in UTC; nullopt when it is none.
/// Instants beyond furthest_time are drawn in to it.
[[nodiscard]] std::optional<Duration> parse_iso8601_instant(std::string_view text);

/// "12.345" seconds, exact to the nanosecond (further digits are dropped), no sign, no exponent.
/// Nullopt when it is none, or beyond furthest_time.
[[nodiscard]] std::optional<Duration> parse_decimal_seconds(std::string_view text);

}  // namespace rung::media
