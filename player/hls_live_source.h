#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "media/decode/content_keys.h"
#include "media/live_playlist.h"
#include "media/track.h"
#include "media/track_selection.h"
#include "player/document_fetcher.h"
#include "player/event_loop.h"
#include "player/http_client.h"
#include "player/live_source.h"
#include "player/title_loader.h"

namespace rung::player {

/// A live presentation of HLS as it goes on (RFC 8216 section 6.3.4): of each track the playlist
/// that was used last is read again and again; another one is read when a segment is asked for that
/// it was not known to list. A resource.
class HlsLiveSource final : public LiveSource {
 public:
  /// As LiveSource::create().
  HlsLiveSource(EventLoop& loop, HttpClient& client, const LoadedTitle& title,
                const media::TrackSelection& first, media::TrackSelection::Options wishes,
                std::optional<Duration> latency, UrlPlaces& places);
  ~HlsLiveSource() override;

  void begin(Receiver receiver) override;
  [[nodiscard]] MediaTime join() const override;
  [[nodiscard]] PlaybackEnvironment::Source source_of(
      const session::FetchSegment& request) const override;
  void locate(const session::FetchSegment& request, PlaybackEnvironment::Located then) override;
  void find_audio(const media::AudioTrack& audio, AudioFound then) override;
  void change_audio() override;
  [[nodiscard]] const media::LivePlaylist* playlist() const override;

 private:
  using SharedSelection = std::shared_ptr<const media::TrackSelection>;
  /// Sound that a viewer wants.
  struct WantedAudio {
    SharedSelection selection;
    AudioFound then;
  };
  struct Waiting {
    session::FetchSegment request;
    PlaybackEnvironment::Located then;
  };
  struct WaitingPart {
    session::FetchSegment request;
    std::size_t index = 0;
    PlaybackEnvironment::Preload preload{};
    PlaybackEnvironment::PartLocated then;
  };
  /// Of one representation.
  struct Playlist {
    std::string url;
    media::LivePlaylist listed;
    Timestamp asked{};     ///< When it was last asked for.
    std::string fetched;   ///< Its URL at the place where it was last asked for.
    std::string text;      ///< As it was last, whole; empty where nobody may skip what is known.
    Timestamp read{};      ///< When that was asked for.
    bool reading = false;  ///< It is on its way.
    int failures = 0;      ///< Of its readings in a row.
    bool waits = false;    ///< The server was asked to wait until there is more.
    int vain_waits = 0;    ///< How often in a row nothing came of that.
    EventLoop::TimerId timer;
    std::vector<Waiting> waiting;  ///< Requests for what it may list by now; one a transfer.
    std::vector<WaitingPart> waiting_parts;  ///< The same of parts; one a transfer.
    std::vector<WantedAudio> wanted_audio;   ///< Who waits for it; one a wish.
  };
  /// Sound that the session is still to be told of.
  struct AudioToCome {
    SharedSelection selection;
    Playlist* playlist = nullptr;
    media::Track track;
    media::LastSegment last{};
  };
  /// One of the tracks.
  struct Followed {
    Playlist* playlist = nullptr;  ///< The one that was used last; null without the track.
    Timestamp grown{};             ///< When it last had more segments.
  };

  [[nodiscard]] Playlist& playlist_of(const session::FetchSegment& request) const;
  [[nodiscard]] std::optional<PlaybackEnvironment::Source> listed(
      const Playlist& playlist, const session::FetchSegment& request) const;
  /// The segment that is asked for, as the playlist lists it; null where it does not.
  [[nodiscard]] const media::PlacedSegment* segment_of(const Playlist& playlist,
                                                       const session::FetchSegment& request) const;
  /// Tells where the part of that index of the segment is, or that there is none; false where that
  /// is not known yet.
  [[nodiscard]] bool tell_part(const Playlist& playlist, const WaitingPart& part) const;
  void locate_part(WaitingPart part) const;
  /// A reload waits at the server until there is more.
  [[nodiscard]] bool blocks(const Playlist& playlist) const;
  /// What is being produced, by what the playlists in use list.
  [[nodiscard]] MediaTime listed_edge() const;
  [[nodiscard]] Followed& followed(media::TrackKind kind) {
    return followed_[static_cast<std::size_t>(kind)];
  }
  [[nodiscard]] bool is_followed(const Playlist& playlist) const;
  void follow(media::TrackKind kind, Playlist& playlist);

  void read_at(Playlist& playlist, Timestamp at);
  void read(Playlist& playlist);
  void has_read(Playlist& playlist, const Expected<Document>& document);
  [[nodiscard]] Expected<bool> take(Playlist& playlist, const Expected<Document>& document);
  /// Tells those who wait for its sound.
  void tell_audio(Playlist& playlist, const std::optional<Error>& failure);
  /// Answers those who wait for it; `failure` says why it could not be read, if so.
  void answer(Playlist& playlist, const std::optional<Error>& failure);
  /// Tells what the tracks have grown by.
  void offer();
  [[nodiscard]] bool ended(const media::Tracks& tracks) const;
  [[nodiscard]] MediaTime window_start() const;
  /// What is being produced, where the playlists end at `end` by now: they are read at any time
  /// between two additions, and the edge must not waver with that.
  [[nodiscard]] MediaTime steady_edge(MediaTime end);
  void give_up(const Error& error);

  EventLoop& loop_;
  DocumentFetcher fetcher_;
  UrlPlaces& places_;
  const std::shared_ptr<const media::Presentation> presentation_;
  const media::TrackSelection::Options wishes_;
  const media::TrackSelection first_;
  SharedSelection audio_;            ///< Of the sound, once it has been changed; else null.
  std::deque<AudioToCome> to_come_;  ///< In order.
  const decode::ContentKeys keys_;
  Receiver receiver_;
  std::map<std::string, std::unique_ptr<Playlist>> playlists_;  ///< By the URL in the manifest.
  std::array<Followed, media::track_kinds> followed_;
  std::array<media::LastSegment, media::track_kinds> lasts_{};  ///< Of the tracks.
  std::optional<std::pair<MediaTime, Timestamp>> edge_;         ///< And when it was there.
  bool over_ = false;
  std::string last_failure_;
};

}  // namespace rung::player
