#include "media/package/libav.h"

#include <array>
#include <new>

namespace rung::package {

std::string libav_message(int error) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(error, text.data(), text.size());
  return text.data();
}

tl::unexpected<Error> libav_failure(ErrorCode code, std::string_view action, int error) {
  return failure(code, std::string(action) + ": " + libav_message(error));
}

FramePtr make_picture(int width, int height) {
  FramePtr frame = make_frame();
  frame->format = AV_PIX_FMT_YUV420P;
  frame->width = width;
  frame->height = height;
  frame->color_range = AVCOL_RANGE_MPEG;
  frame->colorspace = AVCOL_SPC_BT709;
  frame->color_primaries = AVCOL_PRI_BT709;
  frame->color_trc = AVCOL_TRC_BT709;
  frame->sample_aspect_ratio = AVRational{1, 1};
  if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
  return frame;
}

FramePtr make_sound(int samples) {
  FramePtr frame = make_frame();
  frame->format = AV_SAMPLE_FMT_FLTP;
  frame->sample_rate = sound_rate;
  frame->nb_samples = samples;
  av_channel_layout_default(&frame->ch_layout, sound_channels);
  if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
  return frame;
}

PacketPtr make_packet() {
  PacketPtr packet(av_packet_alloc());
  if (packet == nullptr) throw std::bad_alloc();
  return packet;
}

FramePtr make_frame() {
  FramePtr frame(av_frame_alloc());
  if (frame == nullptr) throw std::bad_alloc();
  return frame;
}

}  // namespace rung::package
