#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "core/id.h"
#include "core/units.h"
#include "media/track.h"
#include "media/track_selection.h"
#include "player/event_loop.h"
#include "player/head_cache.h"
#include "player/http_client.h"
#include "player/title_loader.h"
#include "prefetch/policy.h"
#include "session/event.h"
#include "session/request.h"

namespace rung::player {

/// A title that may come next.
struct NextTitle {
  std::string url;
  double probability = 0;
  int distance = 1;       ///< Places on in the play list.
  std::string name = {};  ///< For the viewer; without one it is the URL.
  MediaTime begins{};     ///< Where it would go on.
  prefetch::LeavesWithin leaves = {};
};

/// As the plan weighs it.
[[nodiscard]] prefetch::Candidate candidate_of(const NextTitle& title);

/// What was fetched of a title before it is played. A value.
struct PreparedTitle {
  using InitKey = std::tuple<media::TrackKind, std::size_t, RepresentationIndex>;
  struct Piece {
    session::HeldSegment segment;
    std::vector<std::byte> bytes;  ///< Without its init segment.
  };

  std::string url;
  LoadedTitle loaded;
  std::vector<Piece> pieces;
  std::map<InitKey, std::vector<std::byte>> inits;  ///< By track, part and representation.

  [[nodiscard]] const Piece* find(media::TrackKind track, SegmentNumber segment,
                                  RepresentationIndex representation) const;
  [[nodiscard]] std::vector<session::HeldSegment> held() const;
  /// Of all that is there, documents included.
  [[nodiscard]] ByteCount size() const;
};

/// `title` with what is there of the pictures alone.
[[nodiscard]] std::shared_ptr<const PreparedTitle> without_audio(PreparedTitle title);

/// Of a title that was loaded: the segments from where it begins on that were kept, each in the
/// highest representation that is there. Null where there are none.
[[nodiscard]] std::shared_ptr<const PreparedTitle> kept_head(HeadCache& kept,
                                                             const std::string& url,
                                                             const LoadedTitle& loaded,
                                                             const media::TrackSelection& selection,
                                                             MediaTime begins);

/// Fetches of titles that may come next what a prefetch::PrefetchingSession asks for, one transfer
/// at a time, with a client for each title that is confined to where its manifest may lead. A
/// resource of the session thread. Memory is bounded by the session's prefetch::Budget.
class TitlePrefetcher {
 public:
  /// Takes what the session is told; the time stamp is the environment's.
  using Tell = std::function<void(session::Event)>;

  /// `loop` and `kept`, which may be null, must outlive it. `selection` are the running title's own
  /// wishes. What was kept is read instead of fetched, what is fetched is kept.
  TitlePrefetcher(EventLoop& loop, HttpClient::Options http,
                  media::TrackSelection::Options selection, const std::vector<NextTitle>& titles,
                  HeadCache* kept = nullptr);
  TitlePrefetcher(const TitlePrefetcher&) = delete;
  TitlePrefetcher& operator=(const TitlePrefetcher&) = delete;
  /// Cancels what runs.
  ~TitlePrefetcher();

  void begin(const session::FetchManifest& request, Tell tell);
  void begin(const session::FetchSegment& request, Tell tell);
  /// Without effect where that transfer is none of its own.
  void cancel(TransferId transfer);

  /// Of a title whose manifest is there; null before, and where it cannot be played.
  [[nodiscard]] const media::Tracks* tracks(std::size_t title) const;
  /// What there is of a title; null before its manifest is there. After the session.
  [[nodiscard]] std::shared_ptr<const PreparedTitle> take(std::size_t title);

 private:
  struct Title {
    PreparedTitle prepared;
    std::optional<media::TrackSelection> selection;
    std::unique_ptr<HttpClient> client;  ///< Once its manifest is there.
  };
  struct Part {
    std::optional<HttpClient::ExchangeId> exchange;
    media::Resource resource;
    std::vector<std::byte> bytes;
    bool ended = true;
  };
  struct Transfer {
    TransferId id;
    std::size_t title = 0;
    session::FetchSegment request;
    Tell tell;
    std::optional<Timestamp> first_byte;
    Part segment;
    Part init;
    EventLoop::TimerId progress_timer;
  };

  void loaded(TransferId id, Expected<LoadedTitle> title);
  void fetch(Part Transfer::*part, media::Resource resource, ByteCount limit);
  /// Where it was kept.
  [[nodiscard]] bool read_kept(Part& part);
  void ended(Part Transfer::*part, const HttpClient::Outcome& outcome);
  /// All parts of what runs are there.
  void complete();
  void report_progress(TransferId id);
  void fail(session::FailureKind kind, int status);
  [[nodiscard]] ByteCount received() const;
  void drop();

  EventLoop& loop_;
  HttpClient::Options http_;
  media::TrackSelection::Options selection_;
  HeadCache* kept_;
  std::vector<Title> titles_;
  std::optional<Transfer> running_;
  std::jthread loader_;  ///< Of a manifest.
};

}  // namespace rung::player
