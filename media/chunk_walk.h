#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace rung::media {

/// What the samples of a track's fragments are timed with.
struct FragmentTiming {
  std::int64_t timescale = 1;         ///< Ticks a second; above zero.
  std::int64_t default_duration = 0;  ///< Of a sample, in ticks.
  friend bool operator==(const FragmentTiming&, const FragmentTiming&) = default;
};
/// By an init segment with one track; nullopt where it is none (MPEG-TS, say).
[[nodiscard]] std::optional<FragmentTiming> parse_fragment_timing(std::string_view init);

/// Follows the chunks of a media segment (a moof with the mdat behind it, ISO/IEC 23000-19 section
/// 7.3.2.3) while its bytes arrive, to tell how much of its media can be shown. A value.
class ChunkWalk {
 public:
  explicit ChunkWalk(const FragmentTiming& timing) : timing_(timing) {}

  /// A chunk that is whole.
  struct Chunk {
    std::int64_t end = 0;  ///< Bytes of the segment up to its end.
    Duration media{};      ///< All that the segment has up to there.
    friend bool operator==(const Chunk&, const Chunk&) = default;
  };
  /// The next bytes, in order: what they make whole. Nothing any more behind bytes that are no
  /// boxes.
  std::vector<Chunk> take(std::span<const std::byte> bytes);
  /// The bytes so far end inside of a chunk, so that more of it is on its way.
  [[nodiscard]] bool inside() const { return in_chunk_; }

 private:
  static constexpr std::size_t short_header = 8;
  static constexpr std::size_t long_header = 16;  ///< With a size of 64 bits.

  void read_header();
  void end_box(std::vector<Chunk>& chunks);

  FragmentTiming timing_;
  std::array<std::byte, long_header> header_{};
  std::size_t header_size_ = 0;               ///< Bytes of it that are here.
  std::size_t header_needed_ = short_header;  ///< Bytes that the present box's has.
  std::uint64_t body_left_ = 0;
  std::string type_;      ///< Of the present box.
  std::string fragment_;  ///< The body of a moof, as far as it is here.
  std::int64_t passed_ = 0;
  std::uint64_t ticks_ = 0;           ///< Of the chunks that are whole.
  std::uint64_t fragment_ticks_ = 0;  ///< Of the one that is not.
  bool in_chunk_ = false;
  bool lost_ = false;  ///< What came are no boxes.
};

}  // namespace rung::media
