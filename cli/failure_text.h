#pragma once

#include <string>

#include "core/expected.h"

namespace rung::cli {

/// A failure as one line that is no outcome's, and back; false for what is none.
[[nodiscard]] std::string format_failure(const Error& error);
[[nodiscard]] bool parse_failure(const std::string& line, Error& into);

}  // namespace rung::cli
