#include "media/package/thumbnail_maker.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>

#include "media/package/jpeg.h"

namespace rung::package {

std::string thumbnail_image_name(std::int64_t image) {
  return fmt::format("tile-{}.jpg", image + 1);
}

ThumbnailMaker::ThumbnailMaker(const PackagedThumbnails& form, FileSink sink)
    : made_(form), sink_(std::move(sink)) {
  begin_image();
}

Expected<void> ThumbnailMaker::put(const AVFrame& picture) {
  if (next_picture_++ % made_.pictures_each != 0) return {};
  const PictureSize size = made_.size;
  scaler_.reset(sws_getCachedContext(
      scaler_.release(), picture.width, picture.height, AV_PIX_FMT_YUV420P, size.width, size.height,
      AV_PIX_FMT_YUV420P, SWS_AREA | SWS_ACCURATE_RND | SWS_BITEXACT, nullptr, nullptr, nullptr));
  if (scaler_ == nullptr)
    return failure(ErrorCode::unsupported, fmt::format("cannot scale {}x{} to {}x{}", picture.width,
                                                       picture.height, size.width, size.height));
  const int left = filled_ % made_.grid.columns * size.width;
  const int top = filled_ / made_.grid.columns * size.height;
  std::array<std::uint8_t*, 4> planes{};
  for (const int plane : {0, 1, 2}) {
    const int half = plane == 0 ? 0 : 1;
    planes[static_cast<std::size_t>(plane)] =
        image_->data[plane] + static_cast<std::ptrdiff_t>(top >> half) * image_->linesize[plane] +
        (left >> half);
  }
  sws_scale(scaler_.get(), picture.data, picture.linesize, 0, picture.height, planes.data(),
            image_->linesize);
  if (++filled_ == made_.grid.columns * made_.grid.rows) return write_image();
  return {};
}

Expected<void> ThumbnailMaker::finish() {
  if (filled_ == 0) return {};
  return write_image();
}

Expected<void> ThumbnailMaker::write_image() {
  const auto jpeg = encode_jpeg(*image_);
  if (!jpeg) return tl::unexpected(jpeg.error());
  made_.largest = std::max(made_.largest, ByteCount(static_cast<std::int64_t>(jpeg->size())));
  begin_image();
  return sink_(thumbnail_image_name(made_.images++), std::as_bytes(std::span(*jpeg)));
}

void ThumbnailMaker::begin_image() {
  image_ = make_picture(made_.grid.columns * made_.size.width, made_.grid.rows * made_.size.height);
  constexpr std::uint8_t black = 16;
  constexpr std::uint8_t grey = 128;
  for (const int plane : {0, 1, 2})
    std::fill_n(image_->data[plane],
                static_cast<std::ptrdiff_t>(image_->linesize[plane]) *
                    (plane == 0 ? image_->height : image_->height / 2),
                plane == 0 ? black : grey);
  filled_ = 0;
}

}  // namespace rung::package
