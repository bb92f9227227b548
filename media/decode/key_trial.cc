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

/// Passes H.264 and H.265 without SEI; null for other codecs.
BitstreamFilterPtr filter_of_slices(const AVCodecParameters& parameters) {
  const char* const left_out = parameters.codec_id == AV_CODEC_ID_H264   ? "6"
                               : parameters.codec_id == AV_CODEC_ID_HEVC ? "39-40"
                                                                         : nullptr;
  const AVBitStreamFilter* const kind = av_bsf_get_by_name("filter_units");
  AVBSFContext* context = nullptr;
  if (left_out == nullptr || kind == nullptr || av_bsf_alloc(kind, &context) < 0) return nullptr;
  BitstreamFilterPtr filter(context);
  if (avcodec_parameters_copy(filter->par_in, &parameters) < 0 ||
      av_opt_set(filter->priv_data, "remove_types", left_out, 0) < 0 ||
      av_bsf_init(filter.get()) < 0)
    return nullptr;
  return filter;
}

/// What there is to decode in it: nothing where all is left out, the packet where it is no row of
/// units.
PacketPtr slices_of(const Packet& packet, AVBSFContext* filter) {
  PacketPtr passed(av_packet_clone(packet.packet.get()));
  if (filter == nullptr || !passed) return passed;
  if (av_bsf_send_packet(filter, passed.get()) < 0)
    return PacketPtr(av_packet_clone(packet.packet.get()));
  const int result = av_bsf_receive_packet(filter, passed.get());
  if (result == AVERROR(EAGAIN)) return nullptr;
  return result < 0 ? PacketPtr(av_packet_clone(packet.packet.get())) : std::move(passed);
}

}  // namespace

void KeyTrial::take(const Packet& packet, const AVCodecParameters& parameters) {
  if (verdict_ != Verdict::open) return;
  auto& [decoder, filter] = channels_[static_cast<std::size_t>(packet.kind)];
  if (!decoder) {
    auto made = Decoder::create(packet.kind, parameters, Decoder::Errors::strict);
    // Whoever plays it will say why.
    if (!made) {
      verdict_ = Verdict::right;
      return;
    }
    decoder = *std::move(made);
    filter = filter_of_slices(parameters);
  }
  PacketPtr slices = slices_of(packet, filter.get());
  if (!slices) return;
  const int size = slices->size;
  const std::int64_t errors = decoder->errors();
  decoder->send({std::move(slices), packet.kind, packet.pts}, std::nullopt);
  while (decoder->receive()) {
  }
  const bool is_picture = packet.kind == media::TrackKind::video;
  const bool is_key_picture = is_picture && (packet.packet->flags & AV_PKT_FLAG_KEY) != 0;
  if (size < (is_key_picture ? clear_of_key_picture
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
