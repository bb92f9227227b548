#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rung::media {

/// The value of a parameter of the URL's query, with percent-encoding undone; nullopt where there
/// is none of that name.
[[nodiscard]] std::optional<std::string> query_parameter(std::string_view url,
                                                         std::string_view name);

}  // namespace rung::media
