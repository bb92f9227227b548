#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

namespace rung::cli {

/// What to say of the first word of a command line that is the name of nothing, with the nearest
/// name that there is. Nothing where each word was taken, or `app` has not parsed yet.
[[nodiscard]] std::optional<std::string> unknown_word(const CLI::App& app);

}  // namespace rung::cli
