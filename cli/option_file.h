#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/expected.h"

/// A file of options that a person wants every time: TOML whose keys are the names of long options.

namespace rung::cli {

/// $XDG_CONFIG_HOME/rung/config.toml, else ~/.config/rung/config.toml; none where neither variable
/// is set (XDG Base Directory Specification 0.8).
[[nodiscard]] std::optional<std::string> default_option_file();

/// Gives `command`, which has been parsed, the options of `text` that were not given to it:
/// strings, numbers and truth values of the long names without their dashes, with the checks of the
/// command line. What the option --profile names (on the command line, else in the file) is a table
/// [profiles.NAME] of further ones, which count more than those outside of it. `path` is for
/// messages. Fails with invalid_argument, wherever in the file the mistake is; an unknown key is
/// told with the nearest one. `refused` are the long names that make no sense in a file, separated
/// by blanks.
[[nodiscard]] Expected<void> apply_option_file(CLI::App& command, std::string_view text,
                                               const std::string& path, std::string_view refused);

}  // namespace rung::cli
