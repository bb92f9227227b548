#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "core/expected.h"
#include "player/player.h"

namespace rung::cli {

/// Where playback begins: --start and --resume.
struct StartFlags {
  std::string start;  ///< Empty: at the beginning, or where the title was left.
  bool resume = false;
};

void add_start_flags(CLI::App& command, StartFlags& flags);

/// Seconds ("90", "90.5"), a clock ("1:30", "1:02:03") or a share of the title ("25%"). Fails
/// (invalid_argument) where `text` is none of them.
[[nodiscard]] Expected<player::StartPlace> parse_start_place(const std::string& text);

}  // namespace rung::cli
