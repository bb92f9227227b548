#pragma once

#include <cstdint>
#include <string_view>

namespace rung {

/// FNV-1a of 64 bits, the same on every machine: tells what was damaged or cut short by accident,
/// not what was changed on purpose.
[[nodiscard]] constexpr std::uint64_t checksum(std::string_view bytes) {
  std::uint64_t sum = 0xcbf29ce484222325U;
  for (const char byte : bytes) sum = (sum ^ static_cast<unsigned char>(byte)) * 0x100000001b3U;
  return sum;
}

}  // namespace rung
