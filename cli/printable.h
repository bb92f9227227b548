#pragma once

#include <string>

namespace rung::cli {

/// Control characters from a document must not reach a terminal: '?' in their place.
inline std::string printable(std::string text) {
  for (char& letter : text)
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) letter = '?';
  return text;
}

}  // namespace rung::cli
