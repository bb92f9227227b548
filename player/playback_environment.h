#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/expected.h"
#include "core/id.h"
#include "core/speed.h"
#include "core/time.h"
#include "core/units.h"
#include "media/chunk_walk.h"
#include "media/decode/cbc_decryptor.h"
#include "media/presentation.h"
#include "media/track.h"
#include "player/arrival_check.h"
#include "player/event_loop.h"
#include "player/http_client.h"
#include "player/init_check.h"
#include "player/key_store.h"
#include "player/playback_output.h"
#include "player/segment_store.h"
#include "player/title_prefetcher.h"
#include "player/url_places.h"
#include "session/chunk_pace.h"
#include "session/event.h"
#include "session/failure_rules.h"
#include "session/request.h"

namespace rung::player {

/// The SessionEnvironment (session/run.h) of live playback: transfers over HTTP whose bodies go
/// straight into the SegmentStore, an output that is told when to play, and a viewer. A resource,
/// used by the session thread; only post() may be called from any other.
///
/// Timestamps are the event loop's. They never repeat, so the order of events is the order of time.
class PlaybackEnvironment {
 public:
  /// Is told where one more part of a segment is; none where there are no more.
  using PartLocated =
      std::function<void(tl::expected<std::optional<media::Resource>, HttpFailure>)>;
  /// Whether a part may be one that is still to be produced, where the playlist tells of it.
  enum class Preload { allowed, refused };
  /// Where the bytes of a segment are.
  struct Source {
    media::Resource segment;
    std::optional<media::Resource> init;
    Cmcd cmcd = {};  ///< Of the segment; the state of playback is added.
    /// With these vectors, where they are encrypted.
    std::optional<media::Encryption> encryption = {};
    std::optional<media::Encryption> init_encryption = {};
    /// Of a segment that comes part by part, each a resource of its own: `segment` is the first
    /// one, and this finds the one of that index, now or once it is there. Else empty.
    std::function<void(std::size_t index, Preload preload, PartLocated then)> parts = {};
    std::string listed_in = {};  ///< HLS: the playlist, as UrlPlaces knows it.
  };
  /// Is told where they are, or why that cannot be learned.
  using Located = std::function<void(tl::expected<Source, HttpFailure>)>;
  /// Calls `then` once, at once or later.
  using Resolver = std::function<void(const session::FetchSegment&, Located then)>;

  /// All must outlive it.
  struct World {
    EventLoop& loop;
    HttpClient& client;
    SegmentStore& store;
    PlaybackOutput& output;
    const media::Tracks& tracks;
    TitlePrefetcher* ahead = nullptr;         ///< Of titles that may come next; may be null.
    const PreparedTitle* prepared = nullptr;  ///< What there was of this title; may be null.
    UrlPlaces* places = nullptr;              ///< Of this title's segments; may be null.
    /// Told that nothing of this title can be decrypted or decoded; may be empty.
    std::function<void(const Error&)> undecipherable = {};
    /// Told why nothing of the sound that the viewer has changed to can be had, while nothing of it
    /// has come; says whether another change has been posted. May be empty.
    std::function<bool(const std::string& why)> sound_lost = {};
    /// The first of the sound that the viewer has changed to is there.
    std::function<void()> sound_came = {};
  };

  PlaybackEnvironment(const World& world, Resolver resolver);
  PlaybackEnvironment(const PlaybackEnvironment&) = delete;
  PlaybackEnvironment& operator=(const PlaybackEnvironment&) = delete;
  /// Cancels what runs.
  ~PlaybackEnvironment();

  // The seam; see session/run.h.
  void start(const session::Request& request);
  [[nodiscard]] session::Event wait(Timestamp until);

  /// Tells the session what the output or the viewer does. The time stamp is given when it is told;
  /// of playheads that wait for it only the newest one is.
  void post(session::Event event);

  /// The same on the session thread: nothing that happens later is told before it.
  void tell(session::Event event);

  /// What went wrong with the last transfer that failed, for a person; empty when none has.
  [[nodiscard]] const std::string& last_failure() const { return last_failure_; }

  /// Bytes of running transfers so far, for a status line.
  [[nodiscard]] ByteCount in_flight() const;
  /// What a report of that transfer would tell now; none where it does not run.
  [[nodiscard]] std::optional<session::TransferProgressed> progress_of(TransferId id) const;

 private:
  /// One of the exchanges of a transfer.
  struct Part {
    std::optional<HttpClient::ExchangeId> exchange;
    bool arrived = false;  ///< All of its bytes.
    bool ended = false;    ///< They have been handed on.
    ByteCount received;
    std::optional<ByteCount> expected;
    ArrivalCheck check;
    HttpRequest request;                           ///< With the presentation's URL.
    std::size_t moves = 0;                         ///< To other places.
    std::string fetched;                           ///< Its URL at the place.
    std::string url;                               ///< The same, for messages.
    std::string content_type;                      ///< The same.
    std::optional<std::vector<std::byte>> locked;  ///< Encrypted, as long as the key is not there.
    std::optional<decode::CbcDecryptor> decryptor;
  };
  struct Transfer {
    session::FetchSegment request;
    std::string listed_in;  ///< As the source has it.
    Timestamp requested{};
    std::optional<Timestamp> first_byte;
    Part segment;
    Part init;
    std::function<void(std::size_t, Preload, PartLocated)> parts;  ///< As the source has it.
    std::size_t part = 0;                ///< Which one of these is under way.
    Preload preload = Preload::refused;  ///< How that one was asked for.
    ByteCount before_part;               ///< What had been received before it.
    std::vector<std::byte> init_bytes;
    std::vector<std::byte> held_back;        ///< Of the segment, as long as its init segment runs.
    std::optional<media::ChunkWalk> chunks;  ///< Of a segment that grows.
    session::ChunkPace pace;                 ///< The same.
    std::optional<Timestamp> last_bytes;     ///< When the newest ones came that have been kept.
    EventLoop::TimerId progress_timer;
    Timestamp progress_due{};
  };
  using Transfers = std::map<TransferId, Transfer>;

  void on(const session::FetchSegment& request);
  void located(TransferId id, tl::expected<Source, HttpFailure> source);
  void on(const session::CancelTransfer& request);
  void on(const session::SeekPlayback& request);
  void on(const session::StartPlayback& request);
  void on(const session::HoldPlayback& request);
  void on(const session::FetchManifest& request);
  void on(const session::SetSpeed& request);

  /// Hands over what was there before it was asked for; false where it was not.
  [[nodiscard]] bool hand_over(const session::FetchSegment& request);
  [[nodiscard]] HttpClient::ExchangeId fetch(TransferId transfer, Part Transfer::*part,
                                             HttpRequest request);
  /// Goes on with the part of a segment that comes in parts, from its beginning.
  void fetch_part(TransferId id, Preload preload);
  void received(TransferId id, Part Transfer::*part, std::span<const std::byte> bytes);
  void ended(TransferId id, Part Transfer::*part, const HttpClient::Outcome& outcome);
  void want_key(TransferId id, Part Transfer::*part, const media::Encryption& encryption);
  void unlock(TransferId id, Part Transfer::*part, const media::Encryption& encryption,
              const tl::expected<decode::CipherBlock, HttpFailure>& key);
  /// The next bytes of the part, in plain.
  void take(Transfer& transfer, Part Transfer::*part, std::span<const std::byte> bytes);
  /// All bytes of the part are there, and its key where it needs one.
  void finish(Transfers::iterator found, Part Transfer::*part);
  /// What playback adds to what is said of a segment.
  [[nodiscard]] Cmcd with_state(Cmcd facts);

  /// Nothing good comes from where the part was fetched.
  void leave_place(const Transfer& transfer, const Part& part);
  /// The part failed, of which its place may be the reason: asks for it at another one, or fails
  /// the transfer.
  void fail_at_place(Transfers::iterator transfer, Part Transfer::*part, const HttpFailure& failed);
  /// Asks for the part at another place; false where there is none that has not been tried.
  [[nodiscard]] bool move_on(TransferId id, Part Transfer::*part);
  /// Whether the sound that the viewer has changed to is left, as nothing of it has come: the
  /// session will be told so, and cancels what it waits for.
  [[nodiscard]] bool leaves_sound(const session::FetchSegment& request,
                                  const session::Failure& failure, const std::string& why);
  /// The transfer has ended with a failure of one of its exchanges.
  void fail(Transfers::iterator transfer, const HttpFailure& failed);
  void keep_init(Transfer& transfer);
  /// The next bytes of the segment, in plain.
  void keep(Transfer& transfer, std::span<const std::byte> bytes);
  void report_progress(TransferId id);
  void drop(Transfers::iterator transfer);

  void take_posted();
  [[nodiscard]] Timestamp stamp();
  /// Lets go of what lies too far behind the playhead.
  void keep_behind(MediaTime position);
  /// Where the media that is held begins.
  [[nodiscard]] std::optional<MediaTime> held_from() const;
  [[nodiscard]] bool believable(const session::PlayheadObserved& observed) const;

  World world_;
  media::GrowingTracks tracks_;
  Resolver resolver_;
  KeyStore keys_;
  InitCheck inits_;
  Transfers transfers_;
  std::string last_failure_;
  /// What the session gave up last of each kind. Only by the next try it shows that it was overdue.
  struct GivenUp {
    SegmentNumber segment = 0;
    int attempt = 0;
    std::string url;
  };
  std::map<media::TrackKind, GivenUp> given_up_;
  std::deque<session::Event> events_;  ///< Happened, not told yet.
  Timestamp last_stamp_ = Timestamp::min();
  Timestamp last_told_ = Timestamp::min();

  bool paused_ = false;  ///< By the viewer.
  Speed speed_;
  bool playing_ = false;        ///< As the output was told last.
  bool begun_ = false;          ///< There has been a picture, and no seek since.
  bool audio_changed_ = false;  ///< What was prepared of it is of another track.
  bool audio_is_new_ = false;   ///< Nothing of the track that the viewer changed to has come.
  bool starved_ = false;        ///< A stall that no request has told of.

  /// After a seek the output may still speak of the old place for a moment.
  enum class Playhead { known, sought, restarted };
  Playhead playhead_ = Playhead::known;
  MediaTime restarted_from_{};
  Timestamp restarted_at_{};

  std::mutex posted_mutex_;
  std::vector<session::Event> posted_;
  std::atomic<bool> has_posted_ = false;
};

}  // namespace rung::player
