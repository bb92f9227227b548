#include <array>
#include <cstddef>
#include <memory>
#include <vector>

#include "core/check.h"
#include "session/streaming_session.h"

// What a session does when the viewer wants to hear something else.

namespace rung::session {

using media::TrackKind;

void StreamingSession::on(const ViewerChangedAudio& event) {
  RUNG_CHECK(tracks_->video && tracks_->audio);
  // Nobody waits for a segment of pictures until the little is there that the sound asks for.
  for (const TrackKind kind : {TrackKind::video, TrackKind::audio})
    if (scheduler(kind)->running()) {
      cancel_running(kind);
      scheduler(kind)->abandoned();
    }
  tracks_.replace(TrackKind::audio, event.track);
  const media::Track& track = *tracks_->audio;
  const MediaTime here = buffer_.position();
  auto& audio = schedulers_[static_cast<std::size_t>(TrackKind::audio)];
  audio = std::make_unique<TrackScheduler>(TrackKind::audio, track);
  audio->seek(track.find(here));
  buffer_.replace(TrackKind::audio, tracks_->live ? MediaTime::max() : track.end());
  std::erase_if(held_, [](const HeldSegment& held) { return held.track == TrackKind::audio; });
  to_seek_ = SeekPlayback{.position = buffer_.position(), .keep_media = true};
  behind_hole_[static_cast<std::size_t>(TrackKind::audio)] = false;
  out_of_segments_ = false;
}

}  // namespace rung::session
