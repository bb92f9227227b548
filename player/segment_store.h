#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <vector>

#include "core/id.h"
#include "core/units.h"
#include "media/track.h"

namespace rung::player {

/// Where the bytes of segments lie between the link and the decoder. A resource, shared by the
/// session thread (the writer) and the decode threads (the readers, one a track). Memory is bounded
/// by the session's buffer capacity: readers release what they have passed, a seek drops the rest.
///
/// For every segment the newest transfer counts. A reader may have taken bytes of a transfer that
/// is then discarded (abandoned, failed); it is told so and starts again with the next one.
class SegmentStore {
 public:
  SegmentStore();

  // --- Writer ---

  /// A transfer for `segment` has begun; bytes of an older one for it are dropped.
  void begin(TransferId transfer, media::TrackKind track, SegmentNumber segment,
             RepresentationIndex representation);
  /// The init segment of the representation that `transfer` fetches; kept for good, by part
  /// (period) and representation, because a later return to it does not fetch it again.
  void put_init(media::TrackKind track, std::size_t part, RepresentationIndex representation,
                std::vector<std::byte> bytes);
  void append(TransferId transfer, std::span<const std::byte> bytes);
  void complete(TransferId transfer);
  void discard(TransferId transfer);
  /// The viewer seeks: drops all media and lets the readers go on at `segment` of `track`.
  void seek(media::TrackKind track, SegmentNumber segment);
  /// No segment follows the last one that was begun.
  void close();

  /// Bytes held now, and the most that were ever held.
  [[nodiscard]] ByteCount held() const;
  [[nodiscard]] ByteCount peak() const;

  // --- Readers ---

  enum class ReadStatus {
    bytes,      ///< `bytes` follow in the segment.
    complete,   ///< The segment is over; go on with the next one.
    discarded,  ///< The transfer was given up: begin the segment anew.
    sought,     ///< Go on at `segment`, what was read before it is void.
    closed,     ///< Nothing more will come.
    stopped,    ///< The stop token was triggered.
  };
  struct Read {
    ReadStatus status{};
    TransferId transfer;  ///< Whose bytes these are.
    RepresentationIndex representation = 0;
    SegmentNumber segment = 0;
    std::vector<std::byte> bytes;
  };
  /// Waits for the bytes behind `offset` of `segment`. `transfer` is the one read so far at this
  /// segment (a default id at its start).
  [[nodiscard]] Read read(media::TrackKind track, SegmentNumber segment, TransferId transfer,
                          std::size_t offset, const std::stop_token& stop);
  /// The init segment that was put for it; empty when none was.
  [[nodiscard]] std::shared_ptr<const std::vector<std::byte>> init(
      media::TrackKind track, std::size_t part, RepresentationIndex representation) const;
  /// The reader has passed everything before `segment`.
  void release_before(media::TrackKind track, SegmentNumber segment);

 private:
  struct Slot {
    TransferId transfer;
    RepresentationIndex representation = 0;
    std::vector<std::byte> bytes;
    bool complete = false;
  };
  struct TrackSlots {
    std::map<SegmentNumber, Slot> segments;
    SegmentNumber seek_target = 0;
    std::uint64_t seeks = 0;       ///< Seeks so far.
    std::uint64_t seeks_told = 0;  ///< Seeks that the reader has been told of.
  };
};

}  // namespace rung::player
