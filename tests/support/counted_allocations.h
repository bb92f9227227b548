#pragma once

#include <cstdint>

namespace rung::test {

/// Calls of the global operator new so far. A program that links counted_allocations.cc counts
/// them; it replaces that operator, so such a test is a program of its own.
[[nodiscard]] std::int64_t allocations();
/// Bytes that they asked for.
[[nodiscard]] std::int64_t allocated_bytes();

}  // namespace rung::test
