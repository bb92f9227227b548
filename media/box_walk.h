#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace rung::media {

/// Follows the boxes of a media or init segment (ISO/IEC 14496-12 section 4.2) while its bytes
/// arrive, to tell at the end whether the last one is whole. A server that was given a file cut
/// short announces that shorter length, so nothing else shows it. Bytes that do not begin with a
/// box of a segment (MPEG-TS, text) are whole wherever they end. A value.
class BoxWalk {
 public:
  /// The next bytes, in order.
  void take(std::span<const std::byte> bytes);
  /// The bytes so far end inside a box.
  [[nodiscard]] bool ends_inside_a_box() const;
  /// The bytes so far do not begin with a box of a segment.
  [[nodiscard]] bool foreign() const { return foreign_; }
  /// There are boxes, and none is the 'moov' that an init segment has (ISO/IEC 14496-12 section
  /// 8.2.1).
  [[nodiscard]] bool lacks_movie() const { return !first_ && !has_movie_; }

 private:
  static constexpr std::size_t short_header = 8;
  static constexpr std::size_t long_header = 16;  ///< With a size of 64 bits.

  enum class State { boxes, to_the_end };
  void read_header();
  [[nodiscard]] std::uint64_t header_number(std::size_t first, std::size_t count) const;

  State state_ = State::boxes;
  std::array<std::byte, long_header> header_{};
  std::size_t header_size_ = 0;               ///< Bytes of it that are here.
  std::size_t header_needed_ = short_header;  ///< Bytes that the present box's has.
  std::uint64_t body_left_ = 0;
  bool first_ = true;
  bool foreign_ = false;
  bool has_movie_ = false;
};

}  // namespace rung::media
