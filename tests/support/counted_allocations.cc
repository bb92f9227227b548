#include "tests/support/counted_allocations.h"

#include <cstdlib>
#include <new>

namespace {

std::int64_t count = 0;
std::int64_t bytes = 0;

void* allocate(std::size_t size) {
  ++count;
  bytes += static_cast<std::int64_t>(size);
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace rung::test {

std::int64_t allocations() { return count; }
std::int64_t allocated_bytes() { return bytes; }

}  // namespace rung::test
