#pragma once

#include <memory>
#include <string>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <libavutil/avutil.h>
#include <libavutil/channel_layout.h>
#include <libavutil/dict.h>
#include <libavutil/frame.h>
#include <libavutil/imgutils.h>
#include <libavutil/mathematics.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
}

/// Owners of the C handles of libav*, and what differs between the versions of FFmpeg that Rung
/// is built with (4.3 to 7.1).
namespace rung::decode {

struct FreeFrame {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
using FramePtr = std::unique_ptr<AVFrame, FreeFrame>;

struct FreePacket {
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};
using PacketPtr = std::unique_ptr<AVPacket, FreePacket>;

struct FreeCodecContext {
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
};
using CodecContextPtr = std::unique_ptr<AVCodecContext, FreeCodecContext>;

struct FreeParameters {
  void operator()(AVCodecParameters* parameters) const { avcodec_parameters_free(&parameters); }
};
using ParametersPtr = std::unique_ptr<AVCodecParameters, FreeParameters>;

struct FreeBitstreamFilter {
  void operator()(AVBSFContext* filter) const { av_bsf_free(&filter); }
};
using BitstreamFilterPtr = std::unique_ptr<AVBSFContext, FreeBitstreamFilter>;

struct CloseInput {
  void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
};
using InputPtr = std::unique_ptr<AVFormatContext, CloseInput>;

/// Of a context with a custom read callback: its buffer may have been replaced by libavformat.
struct FreeIo {
  void operator()(AVIOContext* context) const {
    av_freep(&context->buffer);
    avio_context_free(&context);
  }
};
using IoPtr = std::unique_ptr<AVIOContext, FreeIo>;

struct FreeResampler {
  void operator()(SwrContext* context) const { swr_free(&context); }
};
using SwrPtr = std::unique_ptr<SwrContext, FreeResampler>;

struct FreeScaler {
  void operator()(SwsContext* context) const { sws_freeContext(context); }
};
using SwsPtr = std::unique_ptr<SwsContext, FreeScaler>;

/// libav*'s own words for an error number.
[[nodiscard]] inline std::string libav_message(int error) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(error, text, sizeof text);
  return text;
}

/// The time base that packets and frames carry in Rung: nanoseconds.
inline constexpr AVRational nanoseconds{1, 1'000'000'000};

#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 24, 100)
#define RUNG_LIBAV_CHANNEL_LAYOUT 1
#else
#define RUNG_LIBAV_CHANNEL_LAYOUT 0
#endif

[[nodiscard]] inline std::int64_t duration_of(const AVFrame& frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 30, 100)
  return frame.duration;
#else
  return frame.pkt_duration;
#endif
}

[[nodiscard]] inline int channels_of(const AVFrame& frame) {
#if RUNG_LIBAV_CHANNEL_LAYOUT
  return frame.ch_layout.nb_channels;
#else
  return frame.channels;
#endif
}

[[nodiscard]] inline int channels_of(const AVCodecParameters& parameters) {
#if RUNG_LIBAV_CHANNEL_LAYOUT
  return parameters.ch_layout.nb_channels;
#else
  return parameters.channels;
#endif
}

}  // namespace rung::decode
