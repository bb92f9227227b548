#include "media/decode/frame.h"

#include <utility>

namespace rung::decode {

namespace {

constexpr int first_high_definition_height = 720;

[[nodiscard]] bool is_full_range_format(int format) {
  return format == AV_PIX_FMT_YUVJ420P || format == AV_PIX_FMT_YUVJ422P ||
         format == AV_PIX_FMT_YUVJ444P || format == AV_PIX_FMT_YUVJ440P;
}

}  // namespace

Picture::Picture(FramePtr frame, MediaTime pts, Duration duration)
    : frame_(std::move(frame)), pts_(pts), duration_(duration) {}

double Picture::aspect_ratio() const {
  const double square = static_cast<double>(frame_->width) / frame_->height;
  const AVRational sample = frame_->sample_aspect_ratio;
  if (sample.num <= 0 || sample.den <= 0) return square;
  const double shown = square * av_q2d(sample);
  // A stream that asks for a sliver is wrong about it.
  return shown > 0.1 && shown < 10 ? shown : square;
}

PixelLayout Picture::layout() const {
  switch (frame_->format) {
    case AV_PIX_FMT_YUV420P:
    case AV_PIX_FMT_YUVJ420P:
      return PixelLayout::yuv420p;
    case AV_PIX_FMT_NV12:
      return PixelLayout::nv12;
    default:
      return PixelLayout::other;
  }
}

ColorMatrix Picture::color_matrix() const {
  switch (frame_->colorspace) {
    case AVCOL_SPC_BT709:
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return ColorMatrix::bt709;
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
    case AVCOL_SPC_FCC:
      return ColorMatrix::bt601;
    default:
      return frame_->height >= first_high_definition_height ? ColorMatrix::bt709
                                                            : ColorMatrix::bt601;
  }
}

ColorRange Picture::color_range() const {
  return frame_->color_range == AVCOL_RANGE_JPEG || is_full_range_format(frame_->format)
             ? ColorRange::full
             : ColorRange::limited;
}

Picture PictureConverter::convert(const Picture& picture) {
  const AVFrame& from = picture.frame();
  FramePtr to(av_frame_alloc());
  if (!to) return {};
  to->width = from.width;
  to->height = from.height;
  to->format = AV_PIX_FMT_YUV420P;
  to->sample_aspect_ratio = from.sample_aspect_ratio;
  to->colorspace = AVCOL_SPC_BT709;
  to->color_range = AVCOL_RANGE_MPEG;
  if (av_frame_get_buffer(to.get(), 0) < 0) return {};

  scaler_.reset(sws_getCachedContext(scaler_.release(), from.width, from.height,
                                     static_cast<AVPixelFormat>(from.format), to->width, to->height,
                                     AV_PIX_FMT_YUV420P, SWS_BILINEAR, nullptr, nullptr, nullptr));
  if (!scaler_) return {};
  const int matrix = picture.color_matrix() == ColorMatrix::bt709 ? SWS_CS_ITU709 : SWS_CS_ITU601;
  const int full_range = picture.color_range() == ColorRange::full ? 1 : 0;
  constexpr int neutral = 1 << 16;
  // Refused for formats that need no matrix; those are converted right without it.
  static_cast<void>(sws_setColorspaceDetails(scaler_.get(), sws_getCoefficients(matrix), full_range,
                                             sws_getCoefficients(SWS_CS_ITU709), 0, 0, neutral,
                                             neutral));
  if (sws_scale(scaler_.get(), from.data, from.linesize, 0, from.height, to->data, to->linesize) !=
      to->height)
    return {};
  return Picture(std::move(to), picture.pts(), picture.duration());
}

}  // namespace rung::decode
