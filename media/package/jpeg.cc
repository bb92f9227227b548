#include "media/package/jpeg.h"

namespace rung::package {

Expected<std::string> encode_jpeg(const AVFrame& picture) {
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
  if (codec == nullptr) return failure(ErrorCode::unsupported, "FFmpeg has no JPEG encoder");
  const CodecContextPtr context(avcodec_alloc_context3(codec));
  const FramePtr full = make_picture(picture.width, picture.height);
  full->format = AV_PIX_FMT_YUVJ420P;
  const SwsPtr scaler(sws_getContext(picture.width, picture.height, AV_PIX_FMT_YUV420P,
                                     picture.width, picture.height, AV_PIX_FMT_YUVJ420P,
                                     SWS_BILINEAR, nullptr, nullptr, nullptr));
  if (!context || !scaler) return failure(ErrorCode::unsupported, "no memory for a picture");
  // JPEG is of full range, in the matrix of BT.601.
  sws_setColorspaceDetails(scaler.get(), sws_getCoefficients(SWS_CS_ITU709), 0,
                           sws_getCoefficients(SWS_CS_ITU601), 1, 0, 1 << 16, 1 << 16);
  sws_scale(scaler.get(), picture.data, picture.linesize, 0, picture.height, full->data,
            full->linesize);
  context->width = picture.width;
  context->height = picture.height;
  context->pix_fmt = AV_PIX_FMT_YUVJ420P;
  context->time_base = {1, 25};
  context->flags |= AV_CODEC_FLAG_QSCALE | AV_CODEC_FLAG_BITEXACT;
  constexpr int quality = 3;
  context->global_quality = quality * FF_QP2LAMBDA;
  full->quality = context->global_quality;
  full->pts = 0;
  const PacketPtr packet = make_packet();
  int result = avcodec_open2(context.get(), codec, nullptr);
  if (result >= 0) result = avcodec_send_frame(context.get(), full.get());
  if (result >= 0) result = avcodec_send_frame(context.get(), nullptr);
  if (result >= 0) result = avcodec_receive_packet(context.get(), packet.get());
  if (result < 0) return libav_failure(ErrorCode::unsupported, "encoding a picture", result);
  return std::string(reinterpret_cast<const char*>(packet->data),
                     static_cast<std::size_t>(packet->size));
}

}  // namespace rung::package
