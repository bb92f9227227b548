#pragma once

#include <cstddef>
#include <string_view>

namespace rung::media {

/// Bytes of the character of UTF-8 that `text`, which is not empty, begins with; 0 where that is
/// none (RFC 3629 section 4).
[[nodiscard]] std::size_t utf8_length(std::string_view text);

}  // namespace rung::media
