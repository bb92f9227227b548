#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace rung::cli {

/// The long names of a command's options, without their dashes.
[[nodiscard]] std::vector<std::string> long_names(const CLI::App& command);

/// The one of `names` (not empty) that is nearest to `name`.
[[nodiscard]] std::string nearest_of(std::string_view name, const std::vector<std::string>& names);

}  // namespace rung::cli
