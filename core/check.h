#pragma once

#include <cstdio>
#include <cstdlib>

namespace rung {

/// Reports a broken invariant and aborts; call it through RUNG_CHECK.
[[noreturn]] inline void fail_check(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "rung: internal error: %s does not hold (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace rung

/// States what only a bug in Rung can break. On in every build.
#define RUNG_CHECK(condition) \
  (static_cast<bool>(condition) ? void(0) : ::rung::fail_check(#condition, __FILE__, __LINE__))
