#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/expected.h"
#include "core/time.h"
#include "media/live_presentation.h"
#include "media/track.h"
#include "media/track_selection.h"
#include "player/document_fetcher.h"
#include "player/event_loop.h"
#include "player/http_client.h"
#include "player/playback_environment.h"
#include "player/title_loader.h"
#include "session/event.h"
#include "session/request.h"
#include "session/session_options.h"

namespace rung::player {

/// A live presentation as it goes on: looks at its manifest when the next segment is due, fetches
/// it again when it asks for that, and tells what has been added. A resource, used on the loop's
/// thread; tracks() may be called from any.
class LiveSource {
 public:
  struct Receiver {
    std::function<void(session::PresentationGrew)> grew;
    /// At most once: the presentation does not go on.
    std::function<void(const Error&)> failed;
  };

  /// `loop` and `client` must outlive it. `title` is live, `first` was selected of it with
  /// `wishes`.
  LiveSource(EventLoop& loop, HttpClient& client, const LoadedTitle& title,
             const media::TrackSelection& first, media::TrackSelection::Options wishes);
  LiveSource(const LiveSource&) = delete;
  LiveSource& operator=(const LiveSource&) = delete;
  ~LiveSource();

  /// `options` as they suit what there is to be had ahead of a viewer who joins live.
  [[nodiscard]] session::SessionOptions fitted(session::SessionOptions options) const;
  /// Tells from now on.
  void begin(Receiver receiver);
  /// Where a viewer joins now: at the beginning of a segment.
  [[nodiscard]] MediaTime join() const;
  /// Where the bytes of a segment are by now.
  [[nodiscard]] PlaybackEnvironment::Source source_of(const session::FetchSegment& request) const;
  /// As they are by now.
  [[nodiscard]] std::shared_ptr<const media::Tracks> tracks() const;
  /// What is being produced now; from any thread.
  [[nodiscard]] MediaTime edge() const;

 private:
  [[nodiscard]] Duration wall_clock() const;
  /// What the manifest says now.
  [[nodiscard]] Expected<media::TrackSelection> read() const;
  void look();
  void look_at(Timestamp at);
  void offer(media::TrackSelection fresh);
  void reload();
  void reloaded(const Expected<Document>& document);
  [[nodiscard]] Timestamp next_segment_due() const;
  void give_up(const std::string& reason);

  EventLoop& loop_;
  DocumentFetcher fetcher_;
  media::TrackSelection::Options wishes_;
  Receiver receiver_;
  std::string url_;
  std::string text_;          ///< Of the manifest.
  Duration clock_at_zero_{};  ///< The origin's clock at the loop's zero, since 1970.
  Duration delay_{};
  std::shared_ptr<const media::TrackSelection> newest_;
  std::shared_ptr<const media::TrackSelection> before_;  ///< The one before that.
  EventLoop::TimerId timer_;
  bool reloading_ = false;
  bool over_ = false;
  std::optional<Timestamp> reload_at_;
  int failures_ = 0;      ///< Of reloads in a row.
  Timestamp grown_at_{};  ///< When it last went on.
  std::string last_failure_;

  mutable std::mutex mutex_;
  std::shared_ptr<const media::Tracks> tracks_;
  Duration availability_start_{};
};

}  // namespace rung::player
