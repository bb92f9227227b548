#pragma once

#include "core/speed.h"
#include "core/time.h"

namespace rung::player {

/// What a session's environment tells the picture and the sound. Called on the session thread.
class PlaybackOutput {
 public:
  PlaybackOutput() = default;
  PlaybackOutput(const PlaybackOutput&) = delete;
  PlaybackOutput& operator=(const PlaybackOutput&) = delete;
  virtual ~PlaybackOutput() = default;

  /// Show the presentation from `position` on.
  virtual void start(MediaTime position) = 0;
  /// Stop showing, keep the picture.
  virtual void hold() = 0;
  /// Go on at this speed, at the presentation's own pitch.
  virtual void set_speed(Speed speed) = 0;
  /// Drop what is queued; go on, once started, at `target`. Called before SegmentStore::seek() of
  /// the tracks.
  virtual void seek(MediaTime target) = 0;
};

}  // namespace rung::player
