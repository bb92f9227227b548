#include "media/decode/key_trial.h"

#include <cstddef>
#include <optional>
#include <utility>

namespace rung::decode {
namespace {

constexpr int enough_good = 3;
constexpr int enough_bad = 8;
/// Bytes that may have been left clear: of a picture those in front of its slices, their headers
/// and what is no whole block.
constexpr int clear_of_key_picture = 1024;
constexpr int clear_of_picture = 192;
constexpr int clear_of_sound = 32;

}  // namespace

void KeyTrial::take(const Packet& packet, const AVCodecParameters& parameters) {
  if (verdict_ != Verdict::open) return;
  auto& decoder = decoders_[static_cast<std::size_t>(packet.kind)];
  if (!decoder) {
    auto made = Decoder::create(packet.kind, parameters, Decoder::Errors::strict);
    // Whoever plays it will say why.
    if (!made) {
      verdict_ = Verdict::right;
      return;
    }
    decoder = *std::move(made);
  }
  const std::int64_t errors = decoder->errors();
  decoder->send(packet, std::nullopt);
  while (decoder->receive()) {
  }
  const bool is_picture = packet.kind == media::TrackKind::video;
  const bool is_key_picture = is_picture && (packet.packet->flags & AV_PKT_FLAG_KEY) != 0;
  if (packet.packet->size < (is_key_picture ? clear_of_key_picture
                             : is_picture   ? clear_of_picture
                                            : clear_of_sound))
    return;
  if (decoder->errors() != errors)
    --more_good_;
  else
    more_good_ = is_key_picture ? enough_good : more_good_ + 1;
  if (more_good_ >= enough_good) verdict_ = Verdict::right;
  if (more_good_ <= -enough_bad) verdict_ = Verdict::wrong;
}

}  // namespace rung::decode
