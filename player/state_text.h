#pragma once

#include "abr/playback_buffer.h"

namespace rung::player {

/// "starting", "playing", "stalled", "seeking", "paused", "ended".
[[nodiscard]] const char* state_text(abr::PlaybackState state);

}  // namespace rung::player
