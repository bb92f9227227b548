#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "core/units.h"
#include "media/cue.h"
#include "media/hls_presentation.h"
#include "media/live_playlist.h"
#include "media/presentation.h"
#include "media/text_tracks.h"
#include "player/document_fetcher.h"
#include "player/event_loop.h"
#include "player/http_client.h"
#include "player/live_source.h"
#include "player/url_places.h"

namespace rung::player {

/// The subtitles of a title that plays: fetches the documents and segments of the track that the
/// viewer has chosen around the place that is seen, and holds their cues. No part of the session:
/// text is small, so nothing adapts. One transfer at a time, none while the title itself waits for
/// media; what fails is tried again a few times, and at worst there are no subtitles. A resource;
/// begin() and the destructor belong to the loop's thread or to a time when that does not run, all
/// else may be called from any thread.
class TextSource {
 public:
  /// A place is asked for so long before it is seen.
  static constexpr Duration ahead = std::chrono::seconds(15);
  /// Pieces that are held at most, those behind the playhead too, and looked ahead for.
  static constexpr std::size_t most_pieces = 16;
  /// Pieces in a row that cannot be had, after which the track is given up. Of a live title a piece
  /// counts once it is behind the playhead: until then it may be late, and is asked for again.
  static constexpr int most_failures = 3;

  struct World {
    EventLoop& loop;
    HttpClient& client;
    std::shared_ptr<const media::Presentation> presentation;
    const LiveSource* live = nullptr;  ///< Of a live title; must outlive it.
  };
  /// What it must know of the playback; called on the loop's thread.
  struct Playback {
    std::function<MediaTime()> position;
    std::function<bool()> waits_for_media;
    /// What may have to be added to time stamps in the media to get the title's time (HLS).
    std::function<std::vector<Duration>()> offsets;
  };
  struct Statistics {
    int documents = 0;  ///< That were read.
    int failures = 0;
    ByteCount received;
    std::string trouble;  ///< The last that the viewer was told.
    friend bool operator==(const Statistics&, const Statistics&) = default;
  };

  explicit TextSource(World world);
  TextSource(const TextSource&) = delete;
  TextSource& operator=(const TextSource&) = delete;
  ~TextSource();

  /// From now on what is chosen is fetched.
  void begin(Playback playback);

  /// Chooses what a viewer wants from the beginning: "off"; a language or the name of a track; or
  /// what is empty: forced subtitles in the language of the sound, if there are any.
  void choose_wanted(const std::string& wanted, const std::string& audio_language);
  void choose(std::optional<std::size_t> track);
  [[nodiscard]] const std::vector<media::TextTrack>& tracks() const { return tracks_; }
  [[nodiscard]] std::optional<std::size_t> chosen() const;
  /// Nobody has chosen a track, or none: it follows the sound.
  [[nodiscard]] bool follows_sound() const;
  /// What the viewer wants of the next title, too, as choose_wanted() takes it.
  [[nodiscard]] std::string wanted() const;

  /// What is to be seen at a place, as far as it is there; at most limits::cues_at_once.
  [[nodiscard]] std::vector<media::Cue> cues_at(MediaTime position) const;
  /// What the viewer must know, once.
  [[nodiscard]] std::optional<std::string> take_trouble();
  [[nodiscard]] Statistics statistics() const;

 private:
  /// A piece with its cues, or one that could not be had.
  struct Held {
    media::TextPiece piece;
    media::PieceText text;
    /// To the title's time; nullopt while it is not known.
    std::optional<Duration> shift;
  };
  /// A piece of a live title that is not there yet.
  struct Late {
    media::TextPiece piece;
    Timestamp again;  ///< When it is asked for.
    Error error;
  };

  void look();
  void look_at(Timestamp at);
  /// Forgets all that was fetched, where another track has been chosen.
  void follow_choice();
  /// Those that are `wanted` stay, or will have room.
  void forget_far_pieces(MediaTime position, const std::vector<media::TextPiece>& wanted);
  /// What was late and has been missed counts as failed.
  void give_up_late_pieces(MediaTime position);
  /// Puts the text of HLS beside the pictures, as well as their time stamps are known by now.
  void place_pieces(MediaTime position);
  [[nodiscard]] bool holds(const media::TextPiece& piece) const;
  [[nodiscard]] bool is_due(const media::TextPiece& piece) const;
  /// The first pieces that should be there; nothing while they are not known.
  [[nodiscard]] std::vector<media::TextPiece> wanted_pieces(MediaTime position) const;
  [[nodiscard]] bool reads_playlist(MediaTime position);
  void take_playlist(const Expected<Document>& document);
  [[nodiscard]] Expected<void> read_playlist(const Document& document);
  void fetch(const media::TextPiece& piece);
  /// Of several places the next one where one has failed; `moves` times so far.
  void fetch_document(const media::Resource& resource, DocumentFetcher::Done done,
                      std::size_t moves = 0);
  void take_piece(const media::TextPiece& piece, const Expected<Document>& document);
  void failed(const Error& error, bool for_good);
  /// With the mutex held.
  void tell(std::string trouble);
  [[nodiscard]] const media::TextTrack& track() const { return tracks_[*followed_]; }

  EventLoop& loop_;
  HttpClient& client_;
  const std::shared_ptr<const media::Presentation> presentation_;
  const LiveSource* const live_;
  const std::vector<media::TextTrack> tracks_;

  // The loop's own.
  Playback playback_;
  EventLoop::TimerId timer_;
  UrlPlaces places_;  ///< Its own: what has no text may have all else.
  std::unique_ptr<DocumentFetcher> fetcher_;
  std::optional<media::TextPiece> fetching_;
  std::optional<std::size_t> followed_;  ///< The track that is fetched.
  std::optional<std::pair<media::Resource, std::string>> init_;
  std::vector<media::PlacedSegment> listed_;  ///< By the playlist of a title that is not live.
  std::optional<media::LivePlaylist> live_playlist_;
  bool playlist_read_ = false;
  Timestamp read_again_{};  ///< When the playlist of a live title is.
  std::vector<Late> late_;  ///< Of those that were wanted at the last look.
  int failures_in_row_ = 0;

  // Shared.
  mutable std::mutex mutex_;
  std::optional<std::size_t> chosen_;
  std::uint64_t choices_ = 0;  ///< How often something was chosen.
  std::uint64_t followed_choices_ = 0;
  std::string wanted_;
  bool viewer_chose_ = false;
  std::vector<Held> held_;  ///< At most most_pieces.
  std::string trouble_;     ///< That they must be told.
  Statistics statistics_;
};

/// What a viewer calls it: "Deutsch (de)", "en", "track 3"; with ", forced" where it is that.
[[nodiscard]] std::string label_of(const std::vector<media::TextTrack>& tracks, std::size_t track);

}  // namespace rung::player
