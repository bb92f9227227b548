#pragma once

#include <cstdint>
#include <string>

// Boxes of ISO BMFF, written byte by byte.

namespace rung::media {

inline void put(std::string& out, std::uint64_t number, int width) {
  for (int i = width - 1; i >= 0; --i)
    out += static_cast<char>(number >> (8U * static_cast<unsigned>(i)) & 0xffU);
}

inline std::string box(const std::string& type, const std::string& body) {
  std::string out;
  put(out, body.size() + 8, 4);
  return out + type + body;
}

}  // namespace rung::media
