#include "abr/playback_buffer.h"

#include <algorithm>

#include "core/check.h"

namespace rung::abr {

std::string_view to_string(PlaybackState state) {
  switch (state) {
    case PlaybackState::starting:
      return "starting";
    case PlaybackState::playing:
      return "playing";
    case PlaybackState::stalled:
      return "stalled";
    case PlaybackState::seeking:
      return "seeking";
    case PlaybackState::paused:
      return "paused";
    case PlaybackState::ended:
      return "ended";
  }
  return "";
}

PlaybackBuffer::PlaybackBuffer(const Bounds& bounds)
    : startup_level_(bounds.startup_level), resume_level_(bounds.resume_level), ends_(bounds.ends) {
  RUNG_CHECK(has(TrackKind::video) || has(TrackKind::audio));
}

void PlaybackBuffer::advance(Timestamp now) {
  RUNG_CHECK(now >= now_);
  const Duration elapsed = now - now_;
  now_ = now;
  switch (state_) {
    case PlaybackState::starting:
      startup_delay_ += elapsed;
      return;
    case PlaybackState::stalled:
      stalled_ += elapsed;
      return;
    case PlaybackState::seeking:
      seeking_ += elapsed;
      return;
    case PlaybackState::paused:
      paused_ += elapsed;
      return;
    case PlaybackState::ended:
      return;
    case PlaybackState::playing:
      break;
  }
  Duration rest = level();
  const Duration before = rest;
  const Duration missing = drain(rest, speed_.media_in(elapsed));
  played_ += before - rest;
  const bool before_hole = hole_.begin >= position_;
  position_ += before - rest;
  if (before_hole && position_ >= hole_.begin) position_ += hole_.end - hole_.begin;
  if (rest > Duration::zero()) return;
  if (complete()) {
    position_ = end();
    state_ = PlaybackState::ended;
  } else if (missing > Duration::zero()) {
    state_ = PlaybackState::stalled;
    ++stall_count_;
    stalled_ += speed_.time_for(missing);
  }
}

void PlaybackBuffer::append(TrackKind track, MediaTime end) {
  RUNG_CHECK(has(track));
  MediaTime& buffered = buffered_[slot(track)];
  buffered = std::max(buffered, end);
  begin_if_ready();
}

void PlaybackBuffer::retract(TrackKind track, MediaTime end) {
  RUNG_CHECK(has(track));
  MediaTime& buffered = buffered_[slot(track)];
  buffered = std::min(buffered, std::max(end, position_));
}

bool PlaybackBuffer::leave_out(TrackKind track, const Hole& hole) {
  RUNG_CHECK(has(track) && hole.begin <= hole.end);
  const Hole left{std::max(hole.begin, position_), std::max(hole.end, position_)};
  if (hole_.begin < position_) {
    hole_ = left;
  } else {
    if (left.begin > hole_.end || left.end < hole_.begin) return false;
    hole_ = {std::min(hole_.begin, left.begin), std::max(hole_.end, left.end)};
  }
  append(track, left.end);
  cross();
  return true;
}

void PlaybackBuffer::close_hole(TrackKind track) {
  if (hole_.begin < position_ || buffered_end(track) > hole_.end) return;
  retract(track, hole_.begin);
  hole_ = {};
}

void PlaybackBuffer::cross() {
  if (position_ >= hole_.begin && position_ < hole_.end) position_ = hole_.end;
}

Timestamp PlaybackBuffer::crosses_at() const {
  if (hole_.begin < position_) return now_;
  if (state_ != PlaybackState::playing || hole_.begin - position_ > level())
    return Timestamp::max();
  return now_ + speed_.time_for(hole_.begin - position_);
}

void PlaybackBuffer::set_end(TrackKind track, MediaTime end) {
  RUNG_CHECK(has(track));
  ends_[slot(track)] = end;
  begin_if_ready();
}

Duration PlaybackBuffer::correct(MediaTime position) {
  const PlaybackState state = state_ == PlaybackState::paused ? waiting_state_ : state_;
  if (state == PlaybackState::starting || state == PlaybackState::seeking ||
      state == PlaybackState::ended)
    return Duration::zero();
  const MediaTime corrected = std::clamp(position, MediaTime{}, position_ + level());
  const Duration difference = corrected - position_;
  position_ = corrected;
  cross();
  begin_if_ready();
  return difference;
}

void PlaybackBuffer::pause() {
  if (state_ == PlaybackState::paused || state_ == PlaybackState::ended) return;
  waiting_state_ = state_;
  state_ = PlaybackState::paused;
}

void PlaybackBuffer::resume() {
  if (state_ != PlaybackState::paused) return;
  state_ = waiting_state_;
  begin_if_ready();
}

void PlaybackBuffer::seek(MediaTime to) {
  position_ = std::clamp(to, MediaTime{}, end());
  hole_ = {};
  buffered_.fill(position_);
  // Before the first picture a seek only changes where it will be.
  PlaybackState& state = state_ == PlaybackState::paused ? waiting_state_ : state_;
  if (state != PlaybackState::starting) state = PlaybackState::seeking;
}

void PlaybackBuffer::jump(MediaTime to) {
  position_ = std::clamp(to, MediaTime{}, end());
  cross();
  PlaybackState& state = state_ == PlaybackState::paused ? waiting_state_ : state_;
  if (state != PlaybackState::starting) state = PlaybackState::seeking;
  begin_if_ready();
}

void PlaybackBuffer::replace(TrackKind track, MediaTime end) {
  RUNG_CHECK(has(track));
  ends_[slot(track)] = end;
  position_ = std::min(position_, this->end());
  buffered_[slot(track)] = position_;
  PlaybackState& state = state_ == PlaybackState::paused ? waiting_state_ : state_;
  if (state != PlaybackState::starting) state = PlaybackState::seeking;
  if (complete()) begin_if_ready();
}

void PlaybackBuffer::begin_if_ready() {
  Duration needed{};
  switch (state_) {
    case PlaybackState::starting:
    case PlaybackState::seeking:
      needed = startup_level_;
      break;
    case PlaybackState::stalled:
      needed = resume_level_;
      break;
    default:
      return;
  }
  if (complete() || level() >= needed) state_ = PlaybackState::playing;
}

}  // namespace rung::abr
