#include "player/state_text.h"

namespace rung::player {

const char* state_text(abr::PlaybackState state) {
  switch (state) {
    case abr::PlaybackState::starting:
      return "starting";
    case abr::PlaybackState::playing:
      return "playing";
    case abr::PlaybackState::stalled:
      return "stalled";
    case abr::PlaybackState::seeking:
      return "seeking";
    case abr::PlaybackState::paused:
      return "paused";
    case abr::PlaybackState::ended:
      return "ended";
  }
  return "";
}

}  // namespace rung::player
