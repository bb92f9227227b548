#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "core/speed.h"
#include "core/time.h"
#include "media/track.h"

namespace rung::abr {

/// Plays `elapsed` out of `level` and returns the time for which there was nothing to play.
/// The one transition of every buffer model in Rung, the planners' look-ahead included.
[[nodiscard]] constexpr Duration drain(Duration& level, Duration elapsed) {
  const Duration played = elapsed < level ? elapsed : level;
  level -= played;
  return elapsed - played;
}

using media::track_kinds;
using media::TrackKind;

/// What the viewer sees.
enum class PlaybackState {
  starting,  ///< nothing has been shown yet
  playing,
  stalled,  ///< the buffer ran dry while playing
  seeking,  ///< waiting for media at a place that the viewer chose
  paused,   ///< by the viewer
  ended,
};

/// "starting", "playing", "stalled", "seeking", "paused", "ended".
[[nodiscard]] std::string_view to_string(PlaybackState state);

/// How much media lies ahead of the viewer and what they see, as a function of time. A value: copy
/// it and advance the copy to look ahead. Level is that of the track with less media ahead.
class PlaybackBuffer {
 public:
  /// `ends` are the ends of the tracks that exist; a track that does not is given as
  /// MediaTime::min() and never holds playback up.
  struct Bounds {
    Duration startup_level{};  ///< Media needed before the first picture and after a seek.
    Duration resume_level{};   ///< Media needed to go on after a stall.
    std::array<MediaTime, track_kinds> ends{MediaTime::min(), MediaTime::min()};
  };

  explicit PlaybackBuffer(const Bounds& bounds);

  /// Lets time pass up to `now`: plays, and stalls at the instant at which the buffer runs dry.
  /// `now` must not lie before the last one.
  void advance(Timestamp now);

  /// A segment has arrived: media of `track` is now there up to `end`; an earlier one changes
  /// nothing. Starts or resumes playback where the level now allows it.
  void append(TrackKind track, MediaTime end);

  /// Media of `track` behind `end` is not there after all: a segment that came in chunks did not
  /// come whole.
  void retract(TrackKind track, MediaTime end);

  /// A place that nobody will see: playback goes from its beginning straight on to its end.
  struct Hole {
    MediaTime begin = MediaTime::min();
    MediaTime end = MediaTime::min();
    friend bool operator==(const Hole&, const Hole&) = default;
  };
  /// Media of `track` will not be had there. One hole is known at a time, which grows by what
  /// touches it; false, and nothing changes, where another one lies ahead.
  [[nodiscard]] bool leave_out(TrackKind track, const Hole& hole);
  /// Nothing of `track` has come behind the hole ahead, and nothing will: it is none.
  void close_hole(TrackKind track);
  /// The hole that playback has still to cross, else the last one that it has crossed since the
  /// last seek; empty where there was none.
  [[nodiscard]] const Hole& hole() const { return hole_; }
  /// When playback crosses the hole ahead if nothing holds it up; now where it has been crossed,
  /// Timestamp::max() where it never will be.
  [[nodiscard]] Timestamp crosses_at() const;

  /// The end of `track` is known only now: that of a live presentation is MediaTime::max() before.
  void set_end(TrackKind track, MediaTime end);

  /// The output's own word on where it is. Moves the playhead (never past the buffered media) and
  /// returns by how much (positive: playback is ahead of the model).
  Duration correct(MediaTime position);

  void pause();
  void resume();
  /// From now on media is played so fast; levels and places stay those of the media.
  void set_speed(Speed speed) { speed_ = speed; }
  [[nodiscard]] Speed speed() const { return speed_; }
  /// Drops all media and waits for `startup_level` at `to`.
  void seek(MediaTime to);
  /// Goes on at `to`, whose media is there: keeps all of it.
  void jump(MediaTime to);
  /// `track` is another one from here on, which ends at `end`: drops its media and waits for
  /// `startup_level`, as after a seek to the place where playback is.
  void replace(TrackKind track, MediaTime end);

  [[nodiscard]] PlaybackState state() const { return state_; }
  [[nodiscard]] Timestamp now() const { return now_; }
  [[nodiscard]] MediaTime position() const { return position_; }
  [[nodiscard]] Duration level() const;
  [[nodiscard]] Duration level(TrackKind track) const;
  [[nodiscard]] MediaTime buffered_end(TrackKind track) const;
  [[nodiscard]] bool has(TrackKind track) const;
  /// Where the presentation ends: the end of its longest track.
  [[nodiscard]] MediaTime end() const;

  /// When the buffer runs dry (or the title ends) if nothing more arrives; Timestamp::max() unless
  /// playing.
  [[nodiscard]] Timestamp dry_at() const;
  /// When `level(track)` falls to `level`; now where it is there already, Timestamp::max() when it
  /// never falls because nothing plays.
  [[nodiscard]] Timestamp falls_to(TrackKind track, Duration level) const;

  /// From the first instant to the first picture; counts on while starting.
  [[nodiscard]] Duration startup_delay() const { return startup_delay_; }
  [[nodiscard]] Duration played() const { return played_; }
  /// Rebuffering time after the start, waiting after seeks not counted.
  [[nodiscard]] Duration stalled() const { return stalled_; }
  [[nodiscard]] Duration seeking() const { return seeking_; }
  [[nodiscard]] Duration paused() const { return paused_; }
  [[nodiscard]] int stall_count() const { return stall_count_; }

  friend bool operator==(const PlaybackBuffer&, const PlaybackBuffer&) = default;

 private:
  static constexpr std::array<TrackKind, track_kinds> all_kinds{TrackKind::video, TrackKind::audio};
  static constexpr std::size_t slot(TrackKind kind) { return static_cast<std::size_t>(kind); }

  void begin_if_ready();
  /// Playback that has come to the hole goes on behind it.
  void cross();
  /// How much of what is there up to `end` is played.
  [[nodiscard]] Duration ahead(MediaTime end) const;
  [[nodiscard]] bool complete() const;  ///< All media up to the end is there.

  Duration startup_level_;
  Duration resume_level_;
  std::array<MediaTime, track_kinds> ends_;
  std::array<MediaTime, track_kinds> buffered_{};
  PlaybackState state_ = PlaybackState::starting;
  PlaybackState waiting_state_ = PlaybackState::starting;  ///< What `resume()` goes back to.
  Timestamp now_{};
  Speed speed_;
  MediaTime position_{};
  Hole hole_;
  Duration startup_delay_{};
  Duration played_{};
  Duration stalled_{};
  Duration seeking_{};
  Duration paused_{};
  int stall_count_ = 0;
};

// The questions are asked several times at every event of a simulation, so they are inline.

inline MediaTime PlaybackBuffer::buffered_end(TrackKind track) const {
  return buffered_[slot(track)];
}

inline bool PlaybackBuffer::has(TrackKind track) const {
  return ends_[slot(track)] != MediaTime::min();
}

inline MediaTime PlaybackBuffer::end() const { return std::max(ends_[0], ends_[1]); }

inline Duration PlaybackBuffer::ahead(MediaTime end) const {
  if (end <= position_) return Duration::zero();
  const Duration all = end - position_;
  if (hole_.begin < position_ || hole_.begin >= end) return all;
  return all - (std::min(hole_.end, end) - hole_.begin);
}

inline Duration PlaybackBuffer::level(TrackKind track) const { return ahead(buffered_end(track)); }

inline Duration PlaybackBuffer::level() const {
  Duration least = Duration::max();
  for (const TrackKind kind : all_kinds) {
    // A track that is there to its end holds nothing up any more.
    if (has(kind) && buffered_end(kind) < ends_[slot(kind)]) least = std::min(least, level(kind));
  }
  if (least == Duration::max()) return ahead(end());
  return least;
}

inline Timestamp PlaybackBuffer::dry_at() const {
  if (state_ != PlaybackState::playing) return Timestamp::max();
  return now_ + speed_.time_for(level());
}

inline Timestamp PlaybackBuffer::falls_to(TrackKind track, Duration wanted) const {
  const Duration excess = level(track) - wanted;
  if (excess <= Duration::zero()) return now_;
  if (state_ != PlaybackState::playing) return Timestamp::max();
  return now_ + speed_.time_for(excess);
}

inline bool PlaybackBuffer::complete() const {
  return std::ranges::all_of(all_kinds, [&](TrackKind kind) {
    return !has(kind) || buffered_end(kind) >= ends_[slot(kind)];
  });
}

}  // namespace rung::abr
