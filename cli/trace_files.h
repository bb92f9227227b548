#pragma once

#include <string>
#include <vector>

#include "core/expected.h"

namespace rung::cli {

/// The files that the arguments name; a directory stands for all files below it, in order of name.
[[nodiscard]] Expected<std::vector<std::string>> trace_files(const std::vector<std::string>& paths);

}  // namespace rung::cli
