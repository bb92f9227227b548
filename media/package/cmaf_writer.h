#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "core/units.h"
#include "media/package/libav.h"
#include "media/package/track_encryptor.h"

namespace rung::package {

/// A finished segment's place and size.
struct PackagedSegment {
  std::int64_t start = 0;     ///< In ticks of the track's timescale.
  std::int64_t duration = 0;  ///< In ticks.
  ByteCount size;
  friend bool operator==(const PackagedSegment&, const PackagedSegment&) = default;
};

/// Takes a finished file of a package by its name ("init.mp4", "seg-1.m4s").
using FileSink = std::function<Expected<void>(const std::string& name, std::span<const std::byte>)>;

/// Puts the packets of one track into CMAF (ISO/IEC 23000-19): an init segment, then one chunk
/// (moof and mdat) a segment, or one for each `chunk` of its time, without edit lists, so that the
/// decode time of a segment's first sample is its start. A resource.
class CmafWriter {
 public:
  /// `time_base` is a wish that the muxer may refine, see timescale(). With `protection` what comes
  /// out is encrypted.
  [[nodiscard]] static Expected<std::unique_ptr<CmafWriter>> create(
      const AVCodecParameters& parameters, AVRational time_base, std::optional<Duration> chunk,
      const std::optional<ContentProtection>& protection, FileSink sink);
  CmafWriter(const CmafWriter&) = delete;
  CmafWriter& operator=(const CmafWriter&) = delete;
  ~CmafWriter();

  /// Adds a packet whose times are in `time_base`; packets come in decoding order. The first packet
  /// of a higher `segment` closes the one before.
  [[nodiscard]] Expected<void> write(AVPacket& packet, AVRational time_base, std::int64_t segment);
  /// Closes the last segment.
  [[nodiscard]] Expected<void> finish();

  [[nodiscard]] int timescale() const;
  [[nodiscard]] ByteCount init_size() const { return init_size_; }
  [[nodiscard]] const std::vector<PackagedSegment>& segments() const { return segments_; }

 private:
  CmafWriter(std::optional<Duration> chunk, FileSink sink)
      : chunk_(chunk), sink_(std::move(sink)) {}
  [[nodiscard]] Expected<void> open(const AVCodecParameters& parameters, AVRational time_base);
  [[nodiscard]] Expected<void> close_segment();
  /// What the muxer has written since the last call.
  [[nodiscard]] std::vector<std::byte> take_output();

  std::optional<Duration> chunk_;
  FileSink sink_;
  std::optional<TrackEncryptor> encryptor_;
  AVFormatContext* muxer_ = nullptr;
  AVIOContext* output_ = nullptr;
  ByteCount init_size_;
  std::vector<PackagedSegment> segments_;
  std::int64_t segment_ = 0;        ///< The one being filled.
  std::int64_t segment_start_ = 0;  ///< In ticks.
  std::int64_t segment_ticks_ = 0;  ///< Sum of its samples' durations.
  std::int64_t chunk_number_ = 0;   ///< Of the chunk that is being filled, within the segment.
};

}  // namespace rung::package
