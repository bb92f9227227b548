#include "player/player_control.h"

#include <algorithm>
#include <utility>

namespace rung::player {

void PlayerControl::pause() {
  const std::lock_guard lock(mutex_);
  set_paused(true);
}

void PlayerControl::resume() {
  const std::lock_guard lock(mutex_);
  set_paused(false);
}

void PlayerControl::toggle_pause() {
  const std::lock_guard lock(mutex_);
  set_paused(!paused_);
}

bool PlayerControl::paused() const {
  const std::lock_guard lock(mutex_);
  return paused_;
}

void PlayerControl::seek(MediaTime to) {
  const std::lock_guard lock(mutex_);
  seek_to(to);
}

void PlayerControl::seek_by(Duration distance) {
  const std::lock_guard lock(mutex_);
  seek_to(seek_target_.value_or(target_.position()) + distance);
}

void PlayerControl::pin(std::optional<RepresentationIndex> representation) {
  const std::lock_guard lock(mutex_);
  if (!stopped_) target_.post(session::ViewerPinned{.at = {}, .representation = representation});
}

void PlayerControl::set_speed(Speed speed) {
  const std::lock_guard lock(mutex_);
  if (!stopped_) target_.post(session::ViewerChangedSpeed{.at = {}, .speed = speed});
}

void PlayerControl::change_audio(media::Track track) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  ++seeks_;  // The output goes on there as after a seek.
  if (!seek_target_) seek_target_ = target_.position();
  target_.post(session::ViewerChangedAudio{.at = {}, .track = std::move(track)});
}

void PlayerControl::stop() {
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  stopped_ = true;
  target_.post(session::ViewerLeft{});
}

void PlayerControl::arrived(SeekCount seeks) {
  const std::lock_guard lock(mutex_);
  if (seeks == seeks_) seek_target_.reset();
}

std::optional<MediaTime> PlayerControl::seek_target() const {
  const std::lock_guard lock(mutex_);
  return seek_target_;
}

void PlayerControl::set_paused(bool paused) {
  if (stopped_ || paused == paused_) return;
  paused_ = paused;
  if (paused)
    target_.post(session::ViewerPaused{});
  else
    target_.post(session::ViewerResumed{});
}

void PlayerControl::seek_to(MediaTime position) {
  if (stopped_) return;
  ++seeks_;
  seek_target_ = std::clamp(position, MediaTime{}, std::max(target_.end, MediaTime{}));
  target_.post(session::ViewerSought{.at = {}, .to = *seek_target_});
}

}  // namespace rung::player
