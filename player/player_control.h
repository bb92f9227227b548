#pragma once

#include <functional>
#include <mutex>
#include <optional>

#include "core/id.h"
#include "core/speed.h"
#include "core/time.h"
#include "media/track.h"
#include "player/seek_point.h"
#include "session/event.h"

namespace rung::player {

/// What a viewer may do with a title that plays: one surface for keys, scenarios and signals. A
/// resource; every method may be called from any thread and returns at once. What was asked for is
/// told to the session in the order of the calls.
class PlayerControl {
 public:
  /// What it acts on; must outlive it. Called with a lock held, so nothing in it calls back.
  struct Target {
    std::function<void(session::Event)> post;
    std::function<MediaTime()> position;  ///< Of the output, now.
    MediaTime end{};                      ///< Of the title.
  };

  explicit PlayerControl(Target target) : target_(std::move(target)) {}
  PlayerControl(const PlayerControl&) = delete;
  PlayerControl& operator=(const PlayerControl&) = delete;

  void pause();
  void resume();
  void toggle_pause();
  [[nodiscard]] bool paused() const;

  /// Goes on at `to`, clamped into the title: at once where the media is in the buffer, else as
  /// soon as it has arrived. Paused stays paused, with the picture of the new place.
  void seek(MediaTime to);
  /// From where the viewer is, or from where a seek that is on its way leads.
  void seek_by(Duration distance);
  /// The video is wanted in `representation`, or as the policy chooses.
  void pin(std::optional<RepresentationIndex> representation);
  void set_speed(Speed speed);
  /// The viewer hears `track` from where they are, or from where a seek that is on its way leads.
  void change_audio(media::Track track);
  /// The viewer leaves. What is asked for afterwards has no effect.
  void stop();

  /// The output shows the place of the seek so counted (0: of the beginning).
  void arrived(SeekCount seeks);
  /// Where a seek that is on its way leads.
  [[nodiscard]] std::optional<MediaTime> seek_target() const;

 private:
  void set_paused(bool paused);  ///< With the mutex held, as the next one.
  void seek_to(MediaTime position);

  const Target target_;
  mutable std::mutex mutex_;
  bool paused_ = false;
  bool stopped_ = false;
  SeekCount seeks_ = 0;
  std::optional<MediaTime> seek_target_;
};

}  // namespace rung::player
