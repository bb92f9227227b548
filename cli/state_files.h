#pragma once

#include <filesystem>
#include <string>

namespace rung::cli {

/// Where what Rung keeps of viewing lies: $XDG_STATE_HOME/rung, by default ~/.local/state/rung.
[[nodiscard]] std::filesystem::path state_directory();
/// Where what can be made or fetched again lies: $XDG_CACHE_HOME/rung, by default ~/.cache/rung.
[[nodiscard]] std::filesystem::path cache_directory();

/// Heads of titles that were fetched ahead.
[[nodiscard]] std::filesystem::path heads_directory();

/// The event log.
[[nodiscard]] std::string event_log_file();
/// Where titles were left.
[[nodiscard]] std::string playback_memory_file();

/// The viewer whom events are about where nobody is named.
inline constexpr const char* default_viewer = "me";

}  // namespace rung::cli
