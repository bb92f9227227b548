#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "core/id.h"
#include "media/track.h"
#include "tests/support/temporary_directory.h"

namespace rung::test {

/// A title that the `ffmpeg` program encodes into a scratch directory, which goes with the object:
/// moving test pictures of 25 a second in two representations (180 and 360 lines), a tone, segments
/// of one second. ISO BMFF with init segments (of 180 and 360 lines as tracks apart from the
/// tone), or MPEG-TS with pictures and tone in one.
class EncodedTitle {
 public:
  enum class Packaging { dash, transport_stream };

  static constexpr int pictures_per_second = 25;
  static constexpr int seconds_per_segment = 1;
  static constexpr int pictures_per_segment = pictures_per_second * seconds_per_segment;

  /// Aborts when ffmpeg fails.
  EncodedTitle(Packaging packaging, int seconds);
  EncodedTitle(const EncodedTitle&) = delete;
  EncodedTitle& operator=(const EncodedTitle&) = delete;

  [[nodiscard]] SegmentNumber segment_count() const { return segment_count_; }
  [[nodiscard]] media::Tracks tracks() const;
  /// Empty for MPEG-TS.
  [[nodiscard]] std::vector<std::byte> init(media::TrackKind kind,
                                            RepresentationIndex representation) const;
  [[nodiscard]] std::vector<std::byte> segment(media::TrackKind kind,
                                               RepresentationIndex representation,
                                               SegmentNumber segment) const;

 private:
  Packaging packaging_;
  SegmentNumber segment_count_;
  TemporaryDirectory directory_;
};

[[nodiscard]] std::vector<std::byte> read_file(const std::filesystem::path& path);

}  // namespace rung::test
