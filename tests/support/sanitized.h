#pragma once

namespace rung::test {

/// Whether this is a build with AddressSanitizer, in which nothing starts below a limit of memory,
/// as it reserves terabytes for its shadow.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool sanitized = true;
#elif defined(__has_feature)
inline constexpr bool sanitized = __has_feature(address_sanitizer);
#else
inline constexpr bool sanitized = false;
#endif

}  // namespace rung::test
