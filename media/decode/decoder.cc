#include "media/decode/decoder.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <thread>
#include <utility>

#include "core/limits.h"

namespace rung::decode {

namespace {

/// The decoders that streaming media needs. Hundreds more in libavcodec are never reached.
constexpr const char* trusted_decoders =
    "h264,hevc,libdav1d,av1,vp8,vp9,mpeg2video,mpeg4,"
    "aac,aac_latm,mp3float,mp3,mp2float,mp2,ac3,eac3,opus,libopus,flac,alac,vorbis";
/// Frame threads hold one picture back each; more of them only add memory and delay.
constexpr unsigned most_threads = 4;

[[nodiscard]] Expected<void> check_limits(const AVCodecParameters& parameters) {
  const auto pixels =
      static_cast<std::int64_t>(std::max(parameters.width, 0)) * std::max(parameters.height, 0);
  if (pixels > limits::picture_pixels)
    return failure(ErrorCode::limit_exceeded,
                   "the picture is larger than Rung shows: " + std::to_string(parameters.width) +
                       "x" + std::to_string(parameters.height));
  if (parameters.sample_rate > limits::sample_rate || channels_of(parameters) > limits::channels)
    return failure(ErrorCode::limit_exceeded, "the audio has too many samples or channels");
  return {};
}

[[nodiscard]] int thread_count(media::TrackKind kind) {
  if (kind == media::TrackKind::audio) return 1;
  return static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, most_threads));
}

}  // namespace

Expected<std::unique_ptr<Decoder>> Decoder::create(media::TrackKind kind,
                                                   const AVCodecParameters& parameters,
                                                   Errors errors) {
  if (auto within = check_limits(parameters); !within)
    return tl::unexpected<Error>(std::move(within.error()));
  const AVCodec* codec = avcodec_find_decoder(parameters.codec_id);
  if (codec == nullptr)
    return failure(ErrorCode::unsupported,
                   parameters.codec_id == AV_CODEC_ID_NONE
                       ? "the codec is unknown to this FFmpeg"
                       : std::string("no decoder for ") + avcodec_get_name(parameters.codec_id));
  CodecContextPtr context(avcodec_alloc_context3(codec));
  ParametersPtr kept(avcodec_parameters_alloc());
  if (!context || !kept || avcodec_parameters_copy(kept.get(), &parameters) < 0 ||
      avcodec_parameters_to_context(context.get(), &parameters) < 0)
    return failure(ErrorCode::decode, "no memory for the decoder");
  context->pkt_timebase = nanoseconds;
  context->thread_count = thread_count(kind);
  context->thread_type = FF_THREAD_FRAME | FF_THREAD_SLICE;
  context->max_pixels = limits::picture_pixels;
  // Encoder delay is taken off by presentation time: segments are opened one by one, and the delay
  // that a header tells holds for the first of them only.
  context->flags2 |= AV_CODEC_FLAG2_SKIP_MANUAL;
  if (errors == Errors::strict) {
    context->err_recognition = AV_EF_EXPLODE;
    context->flags |= AV_CODEC_FLAG_LOW_DELAY;
    context->thread_count = 1;
  }
  if (av_opt_set(context.get(), "codec_whitelist", trusted_decoders, 0) < 0)
    return failure(ErrorCode::decode, "the decoder's options cannot be set");
  if (const int result = avcodec_open2(context.get(), codec, nullptr); result < 0)
    return failure(ErrorCode::unsupported, std::string("cannot decode ") +
                                               avcodec_get_name(parameters.codec_id) + ": " +
                                               libav_message(result));
  return std::unique_ptr<Decoder>(new Decoder(std::move(context), std::move(kept)));
}

Decoder::Decoder(CodecContextPtr context, ParametersPtr parameters)
    : context_(std::move(context)), parameters_(std::move(parameters)) {}

bool Decoder::fits(const AVCodecParameters& parameters) const {
  const AVCodecParameters& own = *parameters_;
  return own.codec_id == parameters.codec_id && own.width == parameters.width &&
         own.height == parameters.height && own.sample_rate == parameters.sample_rate &&
         channels_of(own) == channels_of(parameters) &&
         own.extradata_size == parameters.extradata_size &&
         (own.extradata_size == 0 ||
          std::memcmp(own.extradata, parameters.extradata,
                      static_cast<std::size_t>(own.extradata_size)) == 0);
}

void Decoder::count_error() {
  ++errors_;
  ++errors_in_a_row_;
}

void Decoder::send(const Packet& packet, std::optional<MediaTime> pts) {
  packet.packet->pts = pts ? pts->time_since_epoch().count() : AV_NOPTS_VALUE;
  packet.packet->dts = AV_NOPTS_VALUE;
  if (avcodec_send_packet(context_.get(), packet.packet.get()) < 0) count_error();
}

void Decoder::skip_unreferenced(bool skip) {
  context_->skip_frame = skip ? AVDISCARD_NONREF : AVDISCARD_DEFAULT;
}

void Decoder::drain() {
  draining_ = avcodec_send_packet(context_.get(), nullptr) >= 0;
  if (!draining_) reset();
}

FramePtr Decoder::receive() {
  // Each round takes one frame or one error out of the decoder, which holds few of either.
  constexpr int most_rounds = 256;
  for (int round = 0; round < most_rounds; ++round) {
    FramePtr frame(av_frame_alloc());
    if (!frame) return nullptr;
    const int result = avcodec_receive_frame(context_.get(), frame.get());
    if (result == 0) {
      errors_in_a_row_ = 0;
      const bool strict = (context_->err_recognition & AV_EF_EXPLODE) != 0;
      if (strict && frame->decode_error_flags != 0) count_error();
      if (frame->best_effort_timestamp != AV_NOPTS_VALUE) frame->pts = frame->best_effort_timestamp;
      return frame;
    }
    if (result == AVERROR(EAGAIN)) return nullptr;
    if (result == AVERROR_EOF) {
      if (draining_) reset();
      return nullptr;
    }
    count_error();
  }
  reset();
  return nullptr;
}

void Decoder::reset() {
  avcodec_flush_buffers(context_.get());
  draining_ = false;
}

bool can_decode(std::string_view sample_format) {
  if (sample_format.size() != 4) return false;
  std::uint32_t tag = 0;
  for (std::size_t i = 4; i-- > 0;) tag = tag << 8U | static_cast<unsigned char>(sample_format[i]);
  for (const AVCodecTag* const known :
       {avformat_get_mov_video_tags(), avformat_get_mov_audio_tags()}) {
    const std::array<const AVCodecTag*, 2> table{known, nullptr};
    const AVCodecID id = av_codec_get_id(table.data(), tag);
    const AVCodec* const codec = id == AV_CODEC_ID_NONE ? nullptr : avcodec_find_decoder(id);
    if (codec != nullptr && av_match_list(codec->name, trusted_decoders, ',') > 0) return true;
  }
  return false;
}

}  // namespace rung::decode
