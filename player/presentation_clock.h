#pragma once

#include <algorithm>

#include "core/speed.h"
#include "core/time.h"
#include "player/steady_time.h"

namespace rung::player {

/// Where in the presentation the output is. It runs on the steady clock and is led by the audio
/// device where there is one. A value; it reads no clock itself.
class PresentationClock {
 public:
  explicit PresentationClock(MediaTime position) : position_(position) {}

  [[nodiscard]] bool running() const { return running_; }
  [[nodiscard]] MediaTime position(SteadyTime now) const {
    if (!running_) return position_;
    return position_ + speed_.media_in(std::max(Duration{}, Duration(now - since_)));
  }

  void start(SteadyTime now) {
    if (running_) return;
    since_ = now;
    running_ = true;
  }
  /// Stands still at the place reached.
  void hold(SteadyTime now) {
    position_ = position(now);
    running_ = false;
  }
  /// Goes on from somewhere else.
  void jump(MediaTime position, SteadyTime now) {
    position_ = position;
    since_ = now;
  }
  /// So much of the time since the last look does not count.
  void skip(Duration passed) {
    since_ += std::chrono::duration_cast<SteadyClock::duration>(passed);
  }
  /// Goes on so fast.
  void set_speed(Speed speed, SteadyTime now) {
    jump(position(now), now);
    speed_ = speed;
  }
  [[nodiscard]] Speed speed() const { return speed_; }
  /// The audio device says where it is; never leads backwards.
  void follow(MediaTime audible, SteadyTime now) { jump(std::max(position_, audible), now); }

 private:
  MediaTime position_{};
  SteadyTime since_{};
  Speed speed_;
  bool running_ = false;
};

}  // namespace rung::player
