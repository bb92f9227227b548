#pragma once

#include <array>
#include <memory>

#include "media/decode/decoder.h"
#include "media/decode/demuxer.h"
#include "media/decode/libav.h"
#include "media/track.h"

namespace rung::decode {

/// Whether a key is the one that samples were encrypted with. Nothing of ISO/IEC 23001-7 tells, so
/// a strict decoder does: what a wrong key makes of samples is noise, which hardly ever decodes
/// without an error.
///
/// What stands beside the slices of H.264 and H.265 for display alone (SEI) is passed over: that is
/// clear, and often not as a strict decoder wants it. Of codecs in which nearly all noise is a
/// sample (Opus), a wrong key is not noticed.
///
/// A picture that needs no other one tells at once when it decodes; of other pictures and of sound
/// three more have to decode than fail. That they are noise is said when eight more fail than
/// decode, so that a few damaged ones say nothing. What is so small that it may not have been
/// encrypted says nothing either. A resource.
class KeyTrial {
 public:
  enum class Verdict { open, right, wrong };

  /// The next sample, in decoding order, with what a decoder must know of its track. The first one
  /// of each kind needs no other one.
  void take(const Packet& packet, const AVCodecParameters& parameters);
  [[nodiscard]] Verdict verdict() const { return verdict_; }

 private:
  struct Channel {
    std::unique_ptr<Decoder> decoder;
    BitstreamFilterPtr slices;  ///< Null where all of a packet is decoded.
  };

  std::array<Channel, media::track_kinds> channels_;
  int more_good_ = 0;  ///< Than bad ones.
  Verdict verdict_ = Verdict::open;
};

}  // namespace rung::decode
