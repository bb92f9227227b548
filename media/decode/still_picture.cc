#include "media/decode/still_picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "core/catalogue_limits.h"
#include "media/decode/libav.h"

namespace rung::decode {
namespace {

AVCodecID codec_of(std::span<const std::byte> file) {
  constexpr std::array<unsigned char, 4> png{0x89, 'P', 'N', 'G'};
  constexpr std::array<unsigned char, 3> jpeg{0xff, 0xd8, 0xff};
  if (file.size() >= png.size() && std::memcmp(file.data(), png.data(), png.size()) == 0)
    return AV_CODEC_ID_PNG;
  if (file.size() >= jpeg.size() && std::memcmp(file.data(), jpeg.data(), jpeg.size()) == 0)
    return AV_CODEC_ID_MJPEG;
  return AV_CODEC_ID_NONE;
}

Expected<FramePtr> decoded(std::span<const std::byte> file) {
  const AVCodec* codec = avcodec_find_decoder(codec_of(file));
  if (codec == nullptr)
    return failure(ErrorCode::unsupported, "the picture is neither PNG nor JPEG");
  const CodecContextPtr context(avcodec_alloc_context3(codec));
  const PacketPtr packet(av_packet_alloc());
  FramePtr frame(av_frame_alloc());
  if (!context || !packet || !frame || av_new_packet(packet.get(), static_cast<int>(file.size())))
    return failure(ErrorCode::decode, "no memory for a picture");
  std::memcpy(packet->data, file.data(), file.size());
  context->thread_count = 1;
  context->max_pixels = std::int64_t{limits::artwork_side} * limits::artwork_side;
  int result = avcodec_open2(context.get(), codec, nullptr);
  if (result >= 0) result = avcodec_send_packet(context.get(), packet.get());
  if (result >= 0) result = avcodec_send_packet(context.get(), nullptr);
  if (result >= 0) result = avcodec_receive_frame(context.get(), frame.get());
  if (result < 0)
    return failure(ErrorCode::decode, "the picture is damaged: " + libav_message(result));
  if (frame->width <= 0 || frame->height <= 0 || frame->width > limits::artwork_side ||
      frame->height > limits::artwork_side)
    return failure(ErrorCode::limit_exceeded, "the picture has more than 4096 pixels on a side");
  return frame;
}

}  // namespace

Expected<StillPicture> decode_still_picture(std::span<const std::byte> file, int width,
                                            int height) {
  if (file.size() > static_cast<std::size_t>(limits::artwork_size.bytes()))
    return failure(ErrorCode::limit_exceeded, "the picture is larger than 2 MiB");
  const auto frame = decoded(file);
  if (!frame) return tl::unexpected<Error>(frame.error());
  const AVFrame& from = **frame;
  const double scale = std::min(1.0, std::max(static_cast<double>(width) / from.width,
                                              static_cast<double>(height) / from.height));
  StillPicture picture;
  picture.width = std::max(1, static_cast<int>(std::lround(from.width * scale)));
  picture.height = std::max(1, static_cast<int>(std::lround(from.height * scale)));
  const SwsPtr scaler(sws_getContext(
      from.width, from.height, static_cast<AVPixelFormat>(from.format), picture.width,
      picture.height, AV_PIX_FMT_RGBA, SWS_AREA, nullptr, nullptr, nullptr));
  if (!scaler) return failure(ErrorCode::unsupported, "the picture's format is not known");
  // sws writes whole groups of pixels.
  constexpr std::size_t beyond = 64;
  picture.rgba.resize(std::size_t{4} * static_cast<std::size_t>(picture.width) *
                          static_cast<std::size_t>(picture.height) +
                      beyond);
  std::array<std::uint8_t*, 4> planes{picture.rgba.data(), nullptr, nullptr, nullptr};
  const std::array<int, 4> strides{4 * picture.width, 0, 0, 0};
  if (sws_scale(scaler.get(), from.data, from.linesize, 0, from.height, planes.data(),
                strides.data()) != picture.height)
    return failure(ErrorCode::decode, "the picture cannot be scaled");
  picture.rgba.resize(picture.rgba.size() - beyond);
  return picture;
}

}  // namespace rung::decode
