#pragma once

#include <optional>
#include <string_view>

namespace rung::evaluation {

/// The line, from 1, of the first table header of a TOML text that has no name where its name must
/// begin, such as "[.a]" or "[=". toml++ 3.3 takes it for granted that there is one (it asserts, or
/// without assertions goes on undefined), so texts are looked at before they are parsed.
[[nodiscard]] std::optional<int> nameless_table_header(std::string_view text);

}  // namespace rung::evaluation
