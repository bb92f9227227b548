#include <algorithm>
#include <array>

#include "core/limits.h"
#include "player/playback_environment.h"

// What passes between the session and the output: where to play, and what that says of it.

namespace rung::player {
namespace {

using media::TrackKind;

constexpr std::array all_tracks{TrackKind::video, TrackKind::audio};
/// For so long after the restart that follows a seek a playhead far from the place is an old one.
constexpr Duration doubt_after_seek = std::chrono::milliseconds(500);
constexpr Duration believable_distance = std::chrono::seconds(1);

}  // namespace

void PlaybackEnvironment::on(const session::SeekPlayback& request) {
  playhead_ = Playhead::sought;
  begun_ = false;
  world_.output.seek(request.position);
  for (const TrackKind kind : all_tracks) {
    const auto& track = tracks_->of(kind);
    if (!track) continue;
    world_.store.seek(kind, track->find(request.position).value_or(track->segment_count()),
                      request.keep_media);
  }
  keep_behind(request.position);
}

void PlaybackEnvironment::on(const session::StartPlayback& request) {
  if (playhead_ == Playhead::sought) {
    playhead_ = Playhead::restarted;
    restarted_from_ = request.position;
    restarted_at_ = world_.loop.now();
  }
  playing_ = begun_ = true;
  world_.output.start(request.position);
}

void PlaybackEnvironment::on(const session::HoldPlayback&) {
  playing_ = false;
  if (begun_ && !paused_) starved_ = true;
  world_.output.hold();
}

void PlaybackEnvironment::on(const session::SetSpeed& request) {
  speed_ = request.speed;
  world_.output.set_speed(request.speed);
}

void PlaybackEnvironment::keep_behind(MediaTime position) {
  for (const TrackKind kind : all_tracks) {
    const auto& track = tracks_->of(kind);
    if (!track) continue;
    const auto segment_at = [&](MediaTime time) {
      return track->find(std::max(time, MediaTime{})).value_or(track->segment_count());
    };
    world_.store.keep_behind(kind, segment_at(position - limits::kept_behind_playhead),
                             segment_at(position), limits::bytes_kept_behind_playhead);
  }
}

std::optional<MediaTime> PlaybackEnvironment::held_from() const {
  std::optional<MediaTime> from;
  for (const TrackKind kind : all_tracks) {
    const auto& track = tracks_->of(kind);
    if (!track) continue;
    const auto first = world_.store.first_held(kind);
    if (!first) return std::nullopt;
    from = std::max(from.value_or(MediaTime{}), track->start(*first));
  }
  return from;
}

bool PlaybackEnvironment::believable(const session::PlayheadObserved& observed) const {
  if (playhead_ == Playhead::known) return true;
  if (playhead_ == Playhead::sought) return false;
  if (observed.at > restarted_at_ + doubt_after_seek) return true;
  return observed.position >= restarted_from_ - believable_distance &&
         observed.position <= restarted_from_ + believable_distance;
}

}  // namespace rung::player
