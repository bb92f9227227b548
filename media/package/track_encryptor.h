#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "media/track.h"

struct AVAES;
struct AVAESCTR;

namespace rung::package {

/// How the media of a package is encrypted, with one key for all of it.
struct ContentProtection {
  /// Samples (ISO/IEC 23001-7) in counter mode or in CBC with a pattern; or whole segments (HLS
  /// METHOD=AES-128, RFC 8216 section 4.3.2.4).
  enum class Scheme { cenc, cbcs, aes_128 };
  Scheme scheme = Scheme::cenc;
  std::string key_id;  ///< 32 hexadecimal digits in lower case.
  std::array<std::byte, 16> key{};
  /// Where it is to be had: a licence server for clear keys, of whole segments the key itself.
  /// Empty: nowhere, or of whole segments in the package.
  std::string key_url = {};
  friend bool operator==(const ContentProtection&, const ContentProtection&) = default;
};

/// "cenc", "cbcs" or "aes-128".
[[nodiscard]] std::string_view name_of(ContentProtection::Scheme scheme);

/// Encrypts the init segment and the segments of one track as CmafWriter makes them (H.264 or AAC).
/// The same bytes give the same bytes: vectors come from a hash of the key and of what they are
/// for, so that no two samples have the same one. A resource.
///
/// * cenc: a vector of 8 bytes a sample. Of sound all is encrypted; of pictures, in each NAL unit
///   with a slice, whole blocks at its end, and what is in front of them stays clear.
/// * cbcs: a constant vector. Of sound all whole blocks are encrypted, of those of a slice one of
///   ten.
/// * Whole segments: their number is the vector; the init segment stays clear.
///
/// A slice header has to stay clear (ISO/IEC 23001-7 section 9.5.2). It is not read: the first 128
/// bytes of a slice stay clear, which is more than x264 writes with the references that it is
/// allowed here.
class TrackEncryptor {
 public:
  TrackEncryptor(ContentProtection protection, media::TrackKind kind);

  [[nodiscard]] std::vector<std::byte> init(std::span<const std::byte> clear);
  /// Numbers count from 1.
  [[nodiscard]] std::vector<std::byte> segment(std::span<const std::byte> clear,
                                               std::int64_t number);

 private:
  struct Free {
    void operator()(AVAES* state) const;
    void operator()(AVAESCTR* state) const;
  };
  using Block = std::array<std::byte, 16>;
  /// A range of a sample: what stays clear, and what is encrypted behind it.
  struct Range {
    std::size_t clear = 0;
    std::size_t hidden = 0;
  };

  /// A moof box with what is said of the encryption of the samples in `data`, the body of the mdat
  /// behind it, which are encrypted in place.
  [[nodiscard]] std::vector<std::byte> fragment(std::string_view moof, std::span<std::byte> data);
  [[nodiscard]] std::vector<Range> ranges(std::span<const std::byte> sample) const;
  void hide(std::span<std::byte> sample, const std::vector<Range>& ranges, const Block& vector);
  [[nodiscard]] std::vector<std::byte> whole(std::span<const std::byte> clear, std::int64_t number);
  /// From the key and what the vector is for.
  [[nodiscard]] Block vector_of(std::uint64_t number, std::span<const std::byte> bytes) const;
  [[nodiscard]] bool is_of(media::TrackKind kind) const { return kind_ == kind; }
  [[nodiscard]] bool counts() const {
    return protection_.scheme == ContentProtection::Scheme::cenc;
  }

  const ContentProtection protection_;
  const media::TrackKind kind_;
  std::unique_ptr<AVAES, Free> blocks_;
  std::unique_ptr<AVAESCTR, Free> counter_;
  Block constant_{};           ///< Vector of cbcs.
  std::uint64_t samples_ = 0;  ///< So far.
};

}  // namespace rung::package
