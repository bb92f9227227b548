#pragma once

#include <cstdint>
#include <initializer_list>
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

/// As four bytes each.
inline std::string numbers(std::initializer_list<std::uint64_t> values) {
  std::string out;
  for (const std::uint64_t value : values) put(out, value, 4);
  return out;
}

/// An init segment of 1000 ticks a second.
inline std::string small_init() {
  return box("moov", box("trak", box("mdia", box("mdhd", numbers({0, 0, 0, 1000})))));
}

/// Half a second of media behind that.
inline std::string small_chunk() {
  return box("moof",
             box("traf", box("tfhd", numbers({0x20008, 1, 500})) + box("trun", numbers({0, 1})))) +
         box("mdat", std::string(100, 'x'));
}

}  // namespace rung::media
