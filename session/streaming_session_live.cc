#include <algorithm>

#include "session/streaming_session.h"

// What a session does of a live presentation alone.

namespace rung::session {

namespace {

using abr::PlaybackState;
using media::TrackKind;

constexpr std::array<TrackKind, media::track_kinds> all_kinds{TrackKind::video, TrackKind::audio};

/// While the speed is not the presentation's own the latency is looked at so often.
constexpr Duration steering_interval = std::chrono::milliseconds(250);

}  // namespace

void StreamingSession::on(const PresentationGrew& event) {
  tracks_.grow(event.growth);
  window_start_ = std::max(window_start_, event.window_start);
  live_edge_ = event.live_edge;
  live_edge_at_ = now_;
  for (const TrackKind kind : all_kinds) {
    TrackScheduler* track = scheduler(kind);
    if (track == nullptr) continue;
    track->grew(*tracks_->of(kind));
    if (!tracks_->live) buffer_.set_end(kind, track->track().end());
  }
  catch_up();
}

void StreamingSession::on(const MediaArrived& event) {
  const TrackScheduler* const track = running_track(event.transfer);
  if (track == nullptr) return;
  buffer_.append(track->kind(), track->track().start(track->next()) +
                                    std::min(event.media, track->next_duration()));
}

bool StreamingSession::is_growing(TrackKind kind) const {
  if (!options_.live_chunks || !tracks_->live) return false;
  const TrackScheduler& track = *scheduler(kind);
  const auto edge = live_edge();
  return edge && track.track().start(track.next()) + track.next_duration() > *edge;
}

MediaTime StreamingSession::into_window(MediaTime to) const {
  MediaTime latest = MediaTime::max();
  for (const TrackKind kind : all_kinds)
    if (const auto& track = tracks_->of(kind)) latest = std::min(latest, track->end());
  if (const auto edge = live_edge())
    latest = std::min(latest, *edge - options_.live_delay);
  else if (options_.live_chunks)
    latest = MediaTime::max();  // Into the segment that is being produced, and not told of yet.
  return std::max(std::min(to, latest), window_start_);
}

void StreamingSession::catch_up() {
  // A paused viewer finds out when they go on.
  if (!tracks_->live || buffer_.state() == PlaybackState::paused) return;
  const bool behind = std::ranges::any_of(all_kinds, [this](TrackKind kind) {
    const TrackScheduler* track = scheduler(kind);
    return track != nullptr && !track->finished() &&
           track->track().start(track->next()) + track->next_duration() <= window_start_;
  });
  if (!behind) return;
  join_anew();
}

void StreamingSession::join_anew() {
  const MediaTime to = into_window(MediaTime::max());
  const bool here = in_buffer({.at = now_, .to = to}, to);
  follows_edge_ = true;
  if (here)
    jump_to(to);
  else
    go_to(to);
}

std::optional<MediaTime> StreamingSession::live_edge() const {
  if (live_edge_ == MediaTime{}) return std::nullopt;
  return live_edge_ + (now_ - live_edge_at_);
}

std::optional<Duration> StreamingSession::latency() const {
  const auto edge = live_edge();
  return edge ? std::optional(*edge - buffer_.position()) : std::nullopt;
}

void StreamingSession::hold_latency() {
  steer_at_ = Timestamp::max();
  const bool playing = buffer_.state() == PlaybackState::playing;
  const bool waits = buffer_.state() == PlaybackState::stalled;
  const Duration behind = latency().value_or(Duration::zero());
  if (tracks_->live && follows_edge_ && (playing || waits) &&
      options_.live_delay_max > Duration::zero() && behind > options_.live_delay_max &&
      into_window(MediaTime::max()) > buffer_.position()) {
    join_anew();
    return;
  }
  if (!latency_control_.active()) return;
  // At the end of a presentation there is no edge to hold on to.
  if (!playing || !follows_edge_ || !tracks_->live) {
    latency_control_.rest();
    buffer_.set_speed({});
    return;
  }
  buffer_.set_speed(latency_control_.speed_at(behind, buffer_.level()));
  if (buffer_.speed() != Speed()) steer_at_ = now_ + steering_interval;
}

}  // namespace rung::session
