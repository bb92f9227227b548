#include "media/package/encoder.h"

#include <fmt/format.h>

extern "C" {
#include <libavutil/opt.h>
}

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <utility>

namespace rung::package {

namespace {

constexpr int aac_frame_samples = 1024;

const char* preset(EncoderSpeed speed) {
  switch (speed) {
    case EncoderSpeed::superfast:
      return "superfast";
    case EncoderSpeed::veryfast:
      return "veryfast";
    case EncoderSpeed::faster:
      return "faster";
    case EncoderSpeed::medium:
      return "medium";
    case EncoderSpeed::slow:
      return "slow";
  }
  return "veryfast";
}

/// RFC 6381 of an AVCDecoderConfigurationRecord (ISO/IEC 14496-15 section 5.3.3) or of Annex B
/// parameter sets: profile, constraints and level are the bytes behind the SPS's NAL header.
std::string avc_codecs(const AVCodecContext& encoder) {
  const std::span extradata(encoder.extradata, static_cast<std::size_t>(encoder.extradata_size));
  std::size_t at = 1;
  if (!extradata.empty() && extradata[0] == 0) {
    constexpr std::array<std::uint8_t, 3> start_code{0, 0, 1};
    const auto found = std::ranges::search(extradata, start_code);
    at = static_cast<std::size_t>(found.begin() - extradata.begin()) + 4;
  }
  if (at + 3 > extradata.size()) return "avc1";
  return fmt::format("avc1.{:02X}{:02X}{:02X}", extradata[at], extradata[at + 1],
                     extradata[at + 2]);
}

CodecParametersPtr parameters_of(const AVCodecContext& encoder) {
  CodecParametersPtr parameters(avcodec_parameters_alloc());
  if (parameters == nullptr) throw std::bad_alloc();
  avcodec_parameters_from_context(parameters.get(), &encoder);
  return parameters;
}

/// The muxer's timescale for a frame rate: the numerator, doubled until it is fine enough.
AVRational picture_ticks(AVRational frame_rate) {
  std::int64_t ticks = frame_rate.num;
  while (ticks < 10'000) ticks *= 2;
  return {1, static_cast<int>(ticks)};
}

}  // namespace

Expected<std::unique_ptr<RungEncoder>> RungEncoder::create(Options options,
                                                           const TitleSource& source,
                                                           FileSink sink) {
  std::unique_ptr<RungEncoder> encoder(new RungEncoder(std::move(options), source));
  const Expected<void> opened = encoder->open(std::move(sink));
  if (!opened) return tl::unexpected(opened.error());
  return encoder;
}

Expected<void> RungEncoder::open(FileSink sink) {
  const AVCodec* codec = avcodec_find_encoder_by_name("libx264");
  if (codec == nullptr)
    return failure(ErrorCode::unsupported, "this build of FFmpeg has no H.264 encoder (libx264)");
  encoder_.reset(avcodec_alloc_context3(codec));
  if (encoder_ == nullptr) throw std::bad_alloc();
  const std::int64_t rate = options_.rung.rung.bandwidth.bits_per_second();
  const auto gop = static_cast<int>(options_.pictures_per_segment);
  encoder_->width = options_.rung.size.width;
  encoder_->height = options_.rung.size.height;
  encoder_->pix_fmt = AV_PIX_FMT_YUV420P;
  encoder_->time_base = av_inv_q(options_.frame_rate);
  encoder_->framerate = options_.frame_rate;
  encoder_->sample_aspect_ratio = AVRational{1, 1};
  encoder_->color_range = AVCOL_RANGE_MPEG;
  encoder_->colorspace = AVCOL_SPC_BT709;
  encoder_->color_primaries = AVCOL_PRI_BT709;
  encoder_->color_trc = AVCOL_TRC_BT709;
  encoder_->bit_rate = rate;
  encoder_->rc_max_rate = rate + rate / 10;
  encoder_->rc_buffer_size =
      static_cast<int>(std::min<std::int64_t>(rate, std::numeric_limits<int>::max()));
  encoder_->gop_size = gop;
  encoder_->keyint_min = gop;
  // Without B pictures, decoding and presentation times are the same. With them, a segment needs
  // negative composition offsets or an edit list, and libavformat, so most players on a desktop,
  // shows the former two pictures late against the sound.
  encoder_->max_b_frames = 0;
  encoder_->thread_count = 1;
  encoder_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  av_opt_set(encoder_->priv_data, "preset", preset(options_.speed), 0);
  av_opt_set(encoder_->priv_data, "forced-idr", "1", 0);
  const std::string settings = fmt::format(
      "keyint={0}:min-keyint={0}:scenecut=0:open-gop=0:threads=1:lookahead-threads=1:"
      "sliced-threads=0:force-cfr=1",
      gop);
  av_opt_set(encoder_->priv_data, "x264-params", settings.c_str(), 0);
  const int error = avcodec_open2(encoder_.get(), codec, nullptr);
  if (error < 0)
    return libav_failure(ErrorCode::unsupported,
                         fmt::format("cannot encode {}x{} at {}", encoder_->width, encoder_->height,
                                     kilobits(options_.rung.rung.bandwidth)),
                         error);
  auto writer = CmafWriter::create(*parameters_of(*encoder_), picture_ticks(options_.frame_rate),
                                   options_.chunk, options_.protection, std::move(sink));
  if (!writer) return tl::unexpected(writer.error());
  writer_ = std::move(*writer);
  scaled_ = make_picture(options_.rung.size.width, options_.rung.size.height);
  return {};
}

Expected<void> RungEncoder::scale(const AVFrame& picture) {
  if (av_frame_make_writable(scaled_.get()) < 0) throw std::bad_alloc();
  if (picture.width == scaled_->width && picture.height == scaled_->height) {
    av_frame_copy(scaled_.get(), &picture);
    return {};
  }
  if (scaler_ == nullptr)
    scaler_.reset(sws_getContext(picture.width, picture.height, AV_PIX_FMT_YUV420P, scaled_->width,
                                 scaled_->height, AV_PIX_FMT_YUV420P,
                                 SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT, nullptr, nullptr,
                                 nullptr));
  if (scaler_ == nullptr)
    return failure(ErrorCode::unsupported,
                   fmt::format("cannot scale {}x{} to {}x{}", picture.width, picture.height,
                               scaled_->width, scaled_->height));
  sws_scale(scaler_.get(), picture.data, picture.linesize, 0, picture.height, scaled_->data,
            scaled_->linesize);
  return {};
}

Expected<void> RungEncoder::encode(const AVFrame& picture) {
  const Expected<void> scaled = scale(picture);
  if (!scaled) return scaled;
  source_.label(*scaled_, options_.rung.rung, options_.rung_index, next_picture_);
  scaled_->pts = next_picture_;
  scaled_->pict_type =
      next_picture_ % options_.pictures_per_segment == 0 ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
  ++next_picture_;
  const int error = avcodec_send_frame(encoder_.get(), scaled_.get());
  if (error < 0) return libav_failure(ErrorCode::io, "cannot encode a picture", error);
  return write_packets();
}

Expected<void> RungEncoder::finish() {
  const int error = avcodec_send_frame(encoder_.get(), nullptr);
  if (error < 0) return libav_failure(ErrorCode::io, "cannot encode the last pictures", error);
  const Expected<void> written = write_packets();
  if (!written) return written;
  return writer_->finish();
}

Expected<void> RungEncoder::write_packets() {
  for (;;) {
    const int error = avcodec_receive_packet(encoder_.get(), packet_.get());
    if (error == AVERROR(EAGAIN) || error == AVERROR_EOF) return {};
    if (error < 0) return libav_failure(ErrorCode::io, "cannot encode a picture", error);
    packet_->duration = 1;
    const std::int64_t segment = packet_->pts / options_.pictures_per_segment;
    const Expected<void> written = writer_->write(*packet_, encoder_->time_base, segment);
    av_packet_unref(packet_.get());
    if (!written) return written;
  }
}

PackagedTrack RungEncoder::track() const {
  const BitRate target = options_.rung.rung.bandwidth;
  return PackagedTrack{.id = "video-" + kilobits(target),
                       .codecs = avc_codecs(*encoder_),
                       .target = target,
                       .width = options_.rung.size.width,
                       .height = options_.rung.size.height,
                       .frame_rate = options_.frame_rate,
                       .timescale = writer_->timescale(),
                       .init_size = writer_->init_size(),
                       .segments = writer_->segments()};
}

Expected<std::unique_ptr<SoundEncoder>> SoundEncoder::create(Options options, FileSink sink) {
  std::unique_ptr<SoundEncoder> encoder(new SoundEncoder(options));
  const Expected<void> opened = encoder->open(std::move(sink));
  if (!opened) return tl::unexpected(opened.error());
  return encoder;
}

Expected<void> SoundEncoder::open(FileSink sink) {
  const AVCodec* codec = avcodec_find_encoder_by_name("aac");
  if (codec == nullptr)
    return failure(ErrorCode::unsupported, "this build of FFmpeg has no AAC encoder");
  encoder_.reset(avcodec_alloc_context3(codec));
  if (encoder_ == nullptr) throw std::bad_alloc();
  encoder_->bit_rate = options_.bandwidth.bits_per_second();
  encoder_->sample_fmt = AV_SAMPLE_FMT_FLTP;
  encoder_->sample_rate = sound_rate;
  encoder_->time_base = AVRational{1, sound_rate};
  av_channel_layout_default(&encoder_->ch_layout, sound_channels);
  encoder_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT;
  const int error = avcodec_open2(encoder_.get(), codec, nullptr);
  if (error < 0)
    return libav_failure(ErrorCode::unsupported,
                         "cannot encode sound at " + kilobits(options_.bandwidth), error);
  fifo_.reset(av_audio_fifo_alloc(AV_SAMPLE_FMT_FLTP, sound_channels, 16 * aac_frame_samples));
  if (fifo_ == nullptr) throw std::bad_alloc();
  auto writer = CmafWriter::create(*parameters_of(*encoder_), encoder_->time_base, options_.chunk,
                                   options_.protection, std::move(sink));
  if (!writer) return tl::unexpected(writer.error());
  writer_ = std::move(*writer);
  return {};
}

void SoundEncoder::put(const AVFrame& samples) {
  if (av_audio_fifo_write(fifo_.get(), reinterpret_cast<void**>(samples.extended_data),
                          samples.nb_samples) < 0)
    throw std::bad_alloc();
  samples_ += samples.nb_samples;
}

Expected<void> SoundEncoder::encode_until(std::int64_t samples) {
  while (av_audio_fifo_size(fifo_.get()) >= aac_frame_samples &&
         encoded_ + aac_frame_samples <= samples) {
    const Expected<void> encoded = encode_frame();
    if (!encoded) return encoded;
  }
  return {};
}

Expected<void> SoundEncoder::encode_frame() {
  const FramePtr frame = make_sound(aac_frame_samples);
  av_audio_fifo_read(fifo_.get(), reinterpret_cast<void**>(frame->extended_data),
                     aac_frame_samples);
  frame->pts = encoded_;
  encoded_ += aac_frame_samples;
  const int error = avcodec_send_frame(encoder_.get(), frame.get());
  if (error < 0) return libav_failure(ErrorCode::io, "cannot encode sound", error);
  return write_packets();
}

Expected<void> SoundEncoder::finish(std::int64_t samples) {
  constexpr std::int64_t half_frame = aac_frame_samples / 2;
  last_frame_ = std::max<std::int64_t>(1, (samples + half_frame - 1) / aac_frame_samples);
  // The encoder gives back frame n with the samples of frame n + 1: feed it one frame more.
  const std::int64_t wanted = (last_frame_ + 1) * aac_frame_samples;
  const FramePtr silence = make_sound(aac_frame_samples);
  av_samples_set_silence(silence->extended_data, 0, aac_frame_samples, sound_channels,
                         AV_SAMPLE_FMT_FLTP);
  while (samples_ < wanted) put(*silence);
  const Expected<void> encoded = encode_until(wanted);
  if (!encoded) return encoded;
  const int error = avcodec_send_frame(encoder_.get(), nullptr);
  if (error < 0) return libav_failure(ErrorCode::io, "cannot encode the last sound", error);
  const Expected<void> written = write_packets();
  if (!written) return written;
  return writer_->finish();
}

Expected<void> SoundEncoder::write_packets() {
  for (;;) {
    const int error = avcodec_receive_packet(encoder_.get(), packet_.get());
    if (error == AVERROR(EAGAIN) || error == AVERROR_EOF) return {};
    if (error < 0) return libav_failure(ErrorCode::io, "cannot encode sound", error);
    const std::int64_t frame = packet_->pts / aac_frame_samples;
    const bool wanted = packet_->pts >= 0 && (last_frame_ == 0 || frame < last_frame_);
    Expected<void> written;
    if (wanted) {
      packet_->duration = aac_frame_samples;
      written = writer_->write(*packet_, encoder_->time_base, segment_of(frame));
    }
    av_packet_unref(packet_.get());
    if (!written) return written;
  }
}

std::int64_t SoundEncoder::segment_of(std::int64_t aac_frame) const {
  // The first frame of segment n is the one nearest to n segment durations; so a frame belongs to
  // the last segment that starts at or before the frame's middle.
  const AVRational duration = options_.segment_duration;
  const std::int64_t middle = aac_frame * aac_frame_samples + aac_frame_samples / 2;
  return av_rescale_rnd(middle, duration.den, std::int64_t{duration.num} * sound_rate,
                        AV_ROUND_DOWN);
}

PackagedTrack SoundEncoder::track() const {
  return PackagedTrack{.id = options_.id,
                       .codecs = "mp4a.40.2",
                       .language = options_.language,
                       .name = options_.name,
                       .target = options_.bandwidth,
                       .timescale = writer_->timescale(),
                       .init_size = writer_->init_size(),
                       .segments = writer_->segments()};
}

}  // namespace rung::package
