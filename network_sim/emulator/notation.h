#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"

namespace rung::emulator {

// How times stand in manifests, and numbers in a request's target.

/// Whole seconds and nine decimals.
[[nodiscard]] std::string decimal(Duration duration);
/// xs:duration.
[[nodiscard]] std::string iso_duration(Duration duration);
/// xs:dateTime in milliseconds, rounded down.
[[nodiscard]] std::string iso_instant(Duration since_1970);

/// The number at the front of `text`; nullopt where there is none, or it is beyond 10^13.
[[nodiscard]] std::optional<std::int64_t> number_at(std::string_view text);
/// Where `text` stands in the query (draft-pantos-hls-rfc8216bis section 6.2.5); npos where not.
[[nodiscard]] std::size_t in_query(std::string_view target, std::string_view text);
/// The number behind `name` in the query.
[[nodiscard]] std::optional<std::int64_t> query_number(std::string_view target,
                                                       std::string_view name);

}  // namespace rung::emulator
