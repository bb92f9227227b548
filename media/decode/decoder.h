#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "core/expected.h"
#include "core/time.h"
#include "media/decode/demuxer.h"
#include "media/decode/libav.h"
#include "media/track.h"

namespace rung::decode {

/// Turns the packets of one track into frames, in presentation order. A resource. Broken packets
/// are counted and passed over: what can be shown is shown.
class Decoder {
 public:
  /// Of a strict one what decodes in part alone is an error as well, and frames come as soon as
  /// they are decoded, in whatever order.
  enum class Errors { pass_over, strict };

  /// Fails with `unsupported` when there is no decoder for the codec among those that Rung trusts,
  /// `limit_exceeded` when the picture or the audio is beyond core/limits.h.
  static Expected<std::unique_ptr<Decoder>> create(media::TrackKind kind,
                                                   const AVCodecParameters& parameters,
                                                   Errors errors = Errors::pass_over);
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  /// Whether the decoder can go on with packets of a track so described.
  [[nodiscard]] bool fits(const AVCodecParameters& parameters) const;

  /// Gives a packet that shows at `pts`. Frames may come out behind it: call receive() until it
  /// returns nothing.
  void send(const Packet& packet, std::optional<MediaTime> pts);
  /// From the next packet on pictures to which no other one refers are passed over, or are not:
  /// the quick way to a picture in the middle of a segment.
  void skip_unreferenced(bool skip);
  /// Nothing follows for now: the frames held back come out of receive(), and after that the
  /// decoder is ready for a new beginning.
  void drain();
  /// The next frame, null when a packet is needed first. Its pts and duration are nanoseconds.
  [[nodiscard]] FramePtr receive();
  /// Forgets what was sent and not yet received.
  void reset();

  /// Packets that could not be decoded since the last frame that could.
  [[nodiscard]] std::int64_t errors_in_a_row() const { return errors_in_a_row_; }
  [[nodiscard]] std::int64_t errors() const { return errors_; }

 private:
  Decoder(CodecContextPtr context, ParametersPtr parameters);
  void count_error();

  CodecContextPtr context_;
  ParametersPtr parameters_;
  bool draining_ = false;
  std::int64_t errors_ = 0;
  std::int64_t errors_in_a_row_ = 0;
};

/// Whether there is a decoder for samples that ISO BMFF calls so ("avc1").
[[nodiscard]] bool can_decode(std::string_view sample_format);

}  // namespace rung::decode
