#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/audio_fifo.h>
#include <libavutil/frame.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
}

#include <memory>
#include <string>
#include <string_view>

#include "core/expected.h"

/// Owners for the C handles of libav*, and its error codes as sentences.
namespace rung::package {

struct LibavDeleter {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
  void operator()(AVCodecParameters* parameters) const { avcodec_parameters_free(&parameters); }
  void operator()(AVAudioFifo* fifo) const { av_audio_fifo_free(fifo); }
  void operator()(SwsContext* context) const { sws_freeContext(context); }
  void operator()(SwrContext* context) const { swr_free(&context); }
};

using FramePtr = std::unique_ptr<AVFrame, LibavDeleter>;
using PacketPtr = std::unique_ptr<AVPacket, LibavDeleter>;
using CodecContextPtr = std::unique_ptr<AVCodecContext, LibavDeleter>;
using CodecParametersPtr = std::unique_ptr<AVCodecParameters, LibavDeleter>;
using AudioFifoPtr = std::unique_ptr<AVAudioFifo, LibavDeleter>;
using SwsPtr = std::unique_ptr<SwsContext, LibavDeleter>;
using SwrPtr = std::unique_ptr<SwrContext, LibavDeleter>;

/// All sound in a package: stereo at this rate.
inline constexpr int sound_rate = 48'000;
inline constexpr int sound_channels = 2;

/// libav's sentence for one of its error codes.
[[nodiscard]] std::string libav_message(int error);

/// "`action`: libav's sentence" as the failure of an Expected.
[[nodiscard]] tl::unexpected<Error> libav_failure(ErrorCode code, std::string_view action,
                                                  int error);

/// A picture with memory of its own, yuv420p in BT.709 of limited range; its samples are not set.
/// This and those below throw std::bad_alloc when the memory is exhausted.
[[nodiscard]] FramePtr make_picture(int width, int height);
/// Sound with memory of its own: planar float, stereo, 48 kHz; its samples are not set.
[[nodiscard]] FramePtr make_sound(int samples);

[[nodiscard]] PacketPtr make_packet();
[[nodiscard]] FramePtr make_frame();

}  // namespace rung::package
