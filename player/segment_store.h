#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <tuple>
#include <vector>

#include "core/id.h"
#include "core/units.h"
#include "media/decode/sample_decryptor.h"
#include "media/track.h"

namespace rung::player {

/// Where the bytes of segments lie between the link and the decoder. A resource, shared by the
/// session thread (the writer) and the decode threads (the readers, one a track). Memory is bounded
/// by the session's buffer capacity and by what keep_behind() allows: readers release what they
/// have passed, a seek elsewhere drops the rest.
///
/// For every segment the newest transfer counts. A reader may have taken bytes of a transfer that
/// is then discarded (abandoned, failed); it is told so and starts again with the next one. Of a
/// segment that is there whole a better copy may come: until that is whole, too, the old one
/// counts, and for good where the reader has begun with it by then.
class SegmentStore {
 public:
  SegmentStore() = default;
  SegmentStore(const SegmentStore&) = delete;
  SegmentStore& operator=(const SegmentStore&) = delete;

  // --- Writer. Words about a transfer that is no longer held (discarded, dropped by a seek) are
  // --- ignored.

  /// A transfer for `segment` has begun; bytes of an older one for it are dropped unless it is
  /// complete.
  void begin(TransferId transfer, media::TrackKind track, SegmentNumber segment,
             RepresentationIndex representation);
  /// The init segment of the representation that `transfer` fetches; kept for good, by part
  /// (period) and representation, because a later return to it does not fetch it again. Must be
  /// there before the first append() of a segment that needs it.
  void put_init(media::TrackKind track, std::size_t part, RepresentationIndex representation,
                std::vector<std::byte> bytes);
  /// Its samples are encrypted, with this. Must be there before the first append().
  void set_key(TransferId transfer, const decode::SampleKey& key);
  void append(TransferId transfer, std::span<const std::byte> bytes);
  /// False where it was to stand in place of a segment that the reader has begun with: it is
  /// dropped.
  [[nodiscard]] bool complete(TransferId transfer);
  void discard(TransferId transfer);
  /// The viewer seeks: lets the reader of `track` go on at `segment`. Drops all of its media unless
  /// `keep_media`.
  void seek(media::TrackKind track, SegmentNumber segment, bool keep_media = false);
  /// `track` is another one from now on: drops its media and its init segments. A seek follows.
  void forget(media::TrackKind track);
  /// Passed segments of `track` are kept from `from` on as far as those before `playing` take no
  /// more than `limit`. Until the first call nothing that was passed is kept.
  void keep_behind(media::TrackKind track, SegmentNumber from, SegmentNumber playing,
                   ByteCount limit);
  /// The first segment of `track` that is held; nullopt where none is.
  [[nodiscard]] std::optional<SegmentNumber> first_held(media::TrackKind track) const;
  /// The session is over and writes no more. Readers still get what is there.
  void close();

  /// Bytes held now (init segments included), and the most that were ever held.
  [[nodiscard]] ByteCount held() const;
  [[nodiscard]] ByteCount peak() const;

  // --- Readers

  enum class ReadStatus {
    bytes,      ///< `bytes` follow in the segment.
    complete,   ///< The segment is over; go on with the next one.
    discarded,  ///< The transfer was given up: begin the segment anew, at offset 0.
    sought,     ///< Go on at `segment`, what was read before it is void.
    closed,     ///< Nothing more will come.
    stopped,    ///< The stop token was triggered.
  };
  struct Read {
    ReadStatus status{};
    TransferId transfer;  ///< Whose bytes these are.
    RepresentationIndex representation = 0;
    SegmentNumber segment = 0;
    std::vector<std::byte> bytes;          ///< At most `chunk_size`.
    std::optional<decode::SampleKey> key;  ///< Of the transfer.
    bool whole = false;                    ///< All bytes of the segment are there.
  };
  /// Waits for the bytes behind `offset` of `segment`. `transfer` is the one whose bytes before
  /// `offset` were read; at offset 0 it means nothing, because no bytes are mixed there. A reader
  /// that has passed the last segment of its track reads on: it waits for a seek or the close.
  [[nodiscard]] Read read(media::TrackKind track, SegmentNumber segment, TransferId transfer,
                          std::size_t offset, const std::stop_token& stop);
  /// The init segment that was put for it; null when none was.
  [[nodiscard]] std::shared_ptr<const std::vector<std::byte>> init(
      media::TrackKind track, std::size_t part, RepresentationIndex representation) const;
  /// The reader has passed everything before `segment`. Without effect between a seek and the
  /// reader's being told of it: the number belongs to the old place then.
  void release_before(media::TrackKind track, SegmentNumber segment);

  /// Bytes lie in pieces of this size, so that a growing segment is never copied.
  static constexpr std::size_t chunk_size = 64 * 1024;

 private:
  struct Slot {
    TransferId transfer;
    RepresentationIndex representation = 0;
    std::optional<decode::SampleKey> key;
    std::vector<std::vector<std::byte>> chunks;  ///< All but the last one are full.
    std::size_t size = 0;
    bool complete = false;
  };
  using Segments = std::map<SegmentNumber, Slot>;
  struct TrackSlots {
    Segments segments;
    Segments better;           ///< Copies on their way of some of `segments` that are complete.
    SegmentNumber begun = -1;  ///< With it and what lies before it the reader has begun.
    SegmentNumber passed = 0;  ///< The reader has passed what lies before it.
    /// What lies before it may go once it was passed; all of that where nothing is set.
    std::optional<SegmentNumber> keep_from;
    SegmentNumber seek_target = 0;
    std::uint64_t seeks = 0;       ///< Seeks so far.
    std::uint64_t seeks_told = 0;  ///< Seeks that the reader has been told of.
  };
  using InitKey = std::tuple<media::TrackKind, std::size_t, RepresentationIndex>;

  // All of these are called with the mutex held.
  [[nodiscard]] TrackSlots& slots(media::TrackKind track) {
    return tracks_[static_cast<std::size_t>(track)];
  }
  /// The slot that `transfer` fills; null when it is not held any more.
  [[nodiscard]] Slot* running(TransferId transfer);
  /// What read() returns now; `bytes` without any bytes means that the reader has to wait.
  [[nodiscard]] Read look(media::TrackKind track, SegmentNumber segment, TransferId transfer,
                          std::size_t offset);
  [[nodiscard]] static Segments::iterator find(Segments& segments, TransferId transfer);
  void erase(Segments& from, Segments::iterator slot);
  void erase_all(Segments& from);
  void free_passed(TrackSlots& track);

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::array<TrackSlots, media::track_kinds> tracks_;
  std::map<InitKey, std::shared_ptr<const std::vector<std::byte>>> inits_;
  ByteCount held_;
  ByteCount peak_;
  bool closed_ = false;
};

}  // namespace rung::player
