#pragma once

#include <cstdio>
#include <string>

#include "core/expected.h"

namespace rung::cli {

/// The program's exit status for a failure: 2 wrong usage, 3 network, 4 unsupported, else 1.
[[nodiscard]] constexpr int exit_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return 2;
    case ErrorCode::network:
      return 3;
    case ErrorCode::unsupported:
      return 4;
    case ErrorCode::malformed:
    case ErrorCode::limit_exceeded:
    case ErrorCode::not_found:
    case ErrorCode::io:
    case ErrorCode::refused:
    case ErrorCode::decode:
      break;
  }
  return 1;
}

/// "where: message" as one line. Control characters, which a document may have put there, are shown
/// as '?'.
[[nodiscard]] inline std::string error_line(const Error& error) {
  std::string line = to_string(error);
  for (char& letter : line)
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) letter = '?';
  return line;
}

/// Prints "rung: " and that line on the standard error. Returns the exit status.
inline int report_error(const Error& error) {
  std::fprintf(stderr, "rung: %s\n", error_line(error).c_str());
  return exit_status(error.code);
}

}  // namespace rung::cli
