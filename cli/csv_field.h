#pragma once

#include <string>

namespace rung::cli {

/// A cell of comma-separated values (RFC 4180): in quotes where it must be.
[[nodiscard]] inline std::string csv_field(const std::string& value) {
  if (value.find_first_of(",\"\r\n") == std::string::npos) return value;
  std::string quoted = "\"";
  for (const char letter : value) {
    if (letter == '"') quoted += '"';
    quoted += letter;
  }
  return quoted + '"';
}

}  // namespace rung::cli
