#pragma once

#include <chrono>

#include "core/time.h"

namespace rung::player {

/// This machine's clock, since 1970.
[[nodiscard]] inline Duration since_1970() {
  return std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch());
}

}  // namespace rung::player
