#pragma once

#include <cstdlib>
#include <filesystem>

namespace rung::test {

/// Where outputs of other programs, recorded traces and the like are kept: the folder that
/// RUNG_SHARED names, else `shared` beside the sources. It need not be there.
inline std::filesystem::path shared_folder() {
  const char* const named = std::getenv("RUNG_SHARED");
  if (named != nullptr) return named;
  return std::filesystem::path(RUNG_SOURCE_DIR).parent_path() / "shared";
}

}  // namespace rung::test
