#pragma once

#include <cstdint>
#include <string_view>

namespace rung::media {

/// The character that a named reference of HTML stands for, `name` without "&" and ";"; 0 where it
/// is none of them: those of HTML 4 (section 24: Latin-1, symbols and Greek letters, typography),
/// "apos" and a few signs of HTML 5 that subtitles use, such as "sung", a note.
[[nodiscard]] std::uint32_t html_entity(std::string_view name);

}  // namespace rung::media
