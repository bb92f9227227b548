#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "core/expected.h"
#include "core/speed.h"
#include "core/time.h"
#include "media/audio_tracks.h"
#include "media/decode/content_keys.h"
#include "media/live_playlist.h"
#include "media/presentation.h"
#include "media/track.h"
#include "media/track_selection.h"
#include "player/event_loop.h"
#include "player/http_client.h"
#include "player/playback_environment.h"
#include "player/title_loader.h"
#include "player/url_places.h"
#include "session/event.h"
#include "session/latency_control.h"
#include "session/request.h"
#include "session/session_options.h"

namespace rung::player {

/// A live presentation as it goes on: reads again what lists its segments, and tells what has been
/// added. A resource, used on the loop's thread; tracks() may be called from any.
class LiveSource {
 public:
  struct Receiver {
    std::function<void(session::PresentationGrew)> grew;
    /// Further keys: what is told of next needs them. May be empty.
    std::function<void(const decode::ContentKeys&)> keys = {};
    /// At most once: the presentation does not go on.
    std::function<void(const Error&)> failed;
  };

  /// `loop` and `client` must outlive it. `title` is live, `first` was selected of it with
  /// `wishes`. `latency` is where the viewer wants to be held, as far as that is possible.
  /// Playlists are fetched at `places`, which must outlive it too.
  [[nodiscard]] static std::unique_ptr<LiveSource> create(EventLoop& loop, HttpClient& client,
                                                          const LoadedTitle& title,
                                                          const media::TrackSelection& first,
                                                          media::TrackSelection::Options wishes,
                                                          std::optional<Duration> latency,
                                                          UrlPlaces& places);
  LiveSource(const LiveSource&) = delete;
  LiveSource& operator=(const LiveSource&) = delete;
  virtual ~LiveSource() = default;

  /// `options` as they suit what there is to be had ahead of a viewer who joins live.
  [[nodiscard]] session::SessionOptions fitted(session::SessionOptions options) const;
  /// Tells from now on.
  virtual void begin(Receiver receiver) = 0;
  /// Where a viewer joins now: at the beginning of a segment, or inside of one that comes in
  /// chunks.
  [[nodiscard]] virtual MediaTime join() const = 0;
  /// Where the bytes of a segment are, as far as that is known by now.
  [[nodiscard]] virtual PlaybackEnvironment::Source source_of(
      const session::FetchSegment& request) const = 0;
  /// Tells where they are, now or once that has been learned.
  virtual void locate(const session::FetchSegment& request, PlaybackEnvironment::Located then);
  /// Is told the track of another sound, or why there is none; says whether the session will be
  /// told of it.
  using AudioFound = std::function<bool(const Expected<media::Track>& track)>;
  /// Calls `then` once, at once or once that has been read; not where the presentation is over
  /// before. From when the session will be told until it has been, which change_audio() tells,
  /// nothing is told of what has been added.
  virtual void find_audio(const media::AudioTrack& audio, AudioFound then) = 0;
  /// The session has been told of the next one that was found.
  virtual void change_audio() = 0;
  /// As they are by now.
  [[nodiscard]] std::shared_ptr<const media::Tracks> tracks() const;
  /// What its manifest says by now, where that lists the segments (DASH); else null.
  [[nodiscard]] virtual std::shared_ptr<const media::Presentation> presentation() const {
    return nullptr;
  }
  /// A playlist as it is by now, beside which another one can be placed (HLS); else null.
  [[nodiscard]] virtual const media::LivePlaylist* playlist() const { return nullptr; }

 protected:
  /// How the latency is held.
  struct LatencyRange {
    std::optional<Duration> max = {};  ///< What the presentation allows.
    Speed slowest = Speed::of_percent(session::usual_slowest_percent);
    Speed fastest = Speed::of_percent(session::usual_fastest_percent);
  };
  /// A viewer who is meant to begin elsewhere is left there.
  [[nodiscard]] static LatencyRange unheld() {
    return {.max = std::chrono::hours(24), .slowest = Speed(), .fastest = Speed()};
  }
  /// As the manifest allows it.
  [[nodiscard]] static LatencyRange range_of(const media::LiveTimes& times);
  /// So far behind the live edge playback is safe: `delay`. `chunked`: segments come in chunks.
  LiveSource(const media::Tracks& tracks, Duration delay, const LatencyRange& range, bool chunked);

  [[nodiscard]] Duration delay() const { return delay_; }
  [[nodiscard]] bool chunked() const { return chunked_; }
  void set_tracks(media::Tracks tracks);
  void set_audio(media::Track audio);
  /// The beginning of the segment at `time`, of the pictures where there are any: a segment's first
  /// picture needs no other one, and is the first to arrive.
  [[nodiscard]] MediaTime beginning_at(MediaTime time) const;

 private:
  const Duration delay_;
  const LatencyRange range_;
  const bool chunked_;
  mutable std::mutex mutex_;
  std::shared_ptr<const media::Tracks> tracks_;
};

/// How long a reload that is due every `interval` may take behind so many failures in a row: a
/// server that hangs is asked again before the buffer is used up, one behind a slow link gets more
/// and more time.
[[nodiscard]] Duration reload_timeout(Duration interval, int failures);
/// How long after it was asked for a reload that is due every `interval`, and that failed so many
/// times in a row, is asked for again: hardly later than it would be anyway.
[[nodiscard]] Duration reload_wait(Duration interval, int failures);

}  // namespace rung::player
