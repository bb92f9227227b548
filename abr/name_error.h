#pragma once

#include <span>
#include <string_view>

#include "core/expected.h"

namespace rung::abr {

/// The one of `names` (not empty) nearest to `name` by edit distance, the first of equals. Only the
/// first 64 letters of `name` are compared.
[[nodiscard]] std::string_view nearest_name(std::string_view name,
                                            std::span<const std::string_view> names);

/// What to say when `name` is none of `names` (not empty): the nearest by edit distance, the first
/// of equals, and all of them. `kind` is what was named: "policy".
[[nodiscard]] Error name_error(std::string_view kind, std::string_view name,
                               std::span<const std::string_view> names);

}  // namespace rung::abr
