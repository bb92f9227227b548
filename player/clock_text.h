#pragma once

#include <string>

#include "core/time.h"

namespace rung::player {

/// Whole seconds as a clock shows them: 01:05, 1:00:05; "-" before those that are negative.
[[nodiscard]] std::string clock_text(Duration at);

}  // namespace rung::player
