#pragma once

#include <chrono>

namespace rung::player {

/// The machine's own clock, which only this room reads.
using SteadyClock = std::chrono::steady_clock;
using SteadyTime = SteadyClock::time_point;

}  // namespace rung::player
