#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "core/units.h"
#include "media/package/cmaf_writer.h"
#include "media/package/libav.h"
#include "media/package/rung.h"
#include "media/package/title_source.h"

namespace rung::package {

/// Trades time against quality at the same rate: x264's presets of the same names.
enum class EncoderSpeed { superfast, veryfast, faster, medium, slow };

/// One representation as it was encoded.
struct PackagedTrack {
  std::string id;             ///< Its folder in the package too.
  std::string codecs;         ///< RFC 6381.
  std::string language = {};  ///< BCP 47, of sound; may be empty.
  std::string name = {};      ///< The same for people; empty: the language.
  BitRate target;             ///< What the encoder was asked for.
  int width = 0;              ///< 0 for sound, as the next two.
  int height = 0;
  AVRational frame_rate{};
  int timescale = 1;
  ByteCount init_size;
  std::vector<PackagedSegment> segments;
};

/// Scales a title's pictures to one rung, labels and encodes them (H.264, single-threaded x264, so
/// that the same pictures give the same bytes). Every segment is one closed GOP of
/// `pictures_per_segment` pictures. The rate is constrained: at most 1.1 times the target over a
/// buffer of one second. A resource; used by one thread at a time.
class RungEncoder {
 public:
  struct Options {
    FittedRung rung;
    std::size_t rung_index = 0;
    AVRational frame_rate{};
    std::int64_t pictures_per_segment = 1;
    std::optional<Duration> chunk = {};                ///< As CmafWriter takes it.
    std::optional<ContentProtection> protection = {};  ///< The same.
    EncoderSpeed speed = EncoderSpeed::veryfast;
  };
  /// `source` must outlive the encoder; only its label() is called.
  [[nodiscard]] static Expected<std::unique_ptr<RungEncoder>> create(Options options,
                                                                     const TitleSource& source,
                                                                     FileSink sink);
  /// The next picture of the title, in presentation order.
  [[nodiscard]] Expected<void> encode(const AVFrame& picture);
  [[nodiscard]] Expected<void> finish();
  [[nodiscard]] PackagedTrack track() const;

 private:
  RungEncoder(Options options, const TitleSource& source)
      : options_(std::move(options)), source_(source) {}
  [[nodiscard]] Expected<void> open(FileSink sink);
  [[nodiscard]] Expected<void> scale(const AVFrame& picture);
  [[nodiscard]] Expected<void> write_packets();

  Options options_;
  const TitleSource& source_;
  CodecContextPtr encoder_;
  SwsPtr scaler_;
  FramePtr scaled_;
  PacketPtr packet_ = make_packet();
  std::unique_ptr<CmafWriter> writer_;
  std::int64_t next_picture_ = 0;
};

/// Encodes a title's sound (AAC-LC, 48 kHz, stereo). Segments are cut at the frame of 1024 samples
/// nearest to the video segments' starts. The encoder's priming frame is dropped, so that sound
/// and picture start together; the first 21 ms fade in for want of it. A resource.
class SoundEncoder {
 public:
  struct Options {
    BitRate bandwidth;
    /// Of the video segments, as a fraction of a second.
    AVRational segment_duration{};
    std::optional<Duration> chunk = {};                ///< As CmafWriter takes it.
    std::optional<ContentProtection> protection = {};  ///< The same.
    std::string id;                                    ///< The track's.
    std::string language;                              ///< BCP 47; may be empty.
    std::string name = {};                             ///< For people; empty: the language.
  };
  [[nodiscard]] static Expected<std::unique_ptr<SoundEncoder>> create(Options options,
                                                                      FileSink sink);
  /// Takes samples into the queue.
  void put(const AVFrame& samples);
  /// Samples taken so far.
  [[nodiscard]] std::int64_t samples() const { return samples_; }
  /// Encodes what has been taken, but nothing behind the first `samples` samples.
  [[nodiscard]] Expected<void> encode_until(std::int64_t samples);
  /// Cuts the sound, or lengthens it with silence, to the whole frame nearest to `samples`.
  [[nodiscard]] Expected<void> finish(std::int64_t samples);
  [[nodiscard]] PackagedTrack track() const;

 private:
  explicit SoundEncoder(Options options) : options_(std::move(options)) {}
  [[nodiscard]] Expected<void> open(FileSink sink);
  [[nodiscard]] Expected<void> encode_frame();
  [[nodiscard]] Expected<void> write_packets();
  [[nodiscard]] std::int64_t segment_of(std::int64_t aac_frame) const;

  Options options_;
  CodecContextPtr encoder_;
  AudioFifoPtr fifo_;
  PacketPtr packet_ = make_packet();
  std::unique_ptr<CmafWriter> writer_;
  std::int64_t samples_ = 0;     ///< Taken into the queue.
  std::int64_t encoded_ = 0;     ///< Given to the encoder.
  std::int64_t last_frame_ = 0;  ///< The first AAC frame that is not wanted; 0 before finish().
};

}  // namespace rung::package
