#pragma once

#include <cstdint>
#include <string>

namespace rung::emulator {

/// A gzip file (RFC 1952) of so many zeros and nothing else.
[[nodiscard]] std::string gzipped_zeros(std::int64_t size);

}  // namespace rung::emulator
