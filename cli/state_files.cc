#include "cli/state_files.h"

#include <cstdlib>

namespace rung::cli {
namespace {

std::filesystem::path base_directory(const char* variable, const char* below_home) {
  if (const char* set = std::getenv(variable); set != nullptr && *set == '/')
    return std::filesystem::path(set) / "rung";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/')
    return std::filesystem::path(home) / below_home / "rung";
  return std::filesystem::temp_directory_path() / "rung";
}

}  // namespace

std::filesystem::path state_directory() { return base_directory("XDG_STATE_HOME", ".local/state"); }

std::filesystem::path cache_directory() { return base_directory("XDG_CACHE_HOME", ".cache"); }

std::filesystem::path heads_directory() { return cache_directory() / "heads"; }

std::string event_log_file() { return (state_directory() / "events.sqlite").string(); }

std::string playback_memory_file() { return (state_directory() / "playback.json").string(); }

}  // namespace rung::cli
