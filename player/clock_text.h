#pragma once

#include <string>

#include "core/speed.h"
#include "core/time.h"

namespace rung::player {

/// Whole seconds as a clock shows them: 01:05, 1:00:05; "-" before those that are negative.
[[nodiscard]] std::string clock_text(Duration at);

/// 1, 1.5, 0.25
[[nodiscard]] std::string speed_text(Speed speed);

}  // namespace rung::player
