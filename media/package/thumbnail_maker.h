#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/expected.h"
#include "core/units.h"
#include "media/package/cmaf_writer.h"
#include "media/package/libav.h"
#include "media/package/rung.h"
#include "media/presentation.h"

namespace rung::package {

/// Small pictures of a title as they were written: images of so many each.
struct PackagedThumbnails {
  std::string id;                  ///< The folder in the package too.
  PictureSize size;                ///< Of one picture.
  media::TileGrid grid;            ///< Of an image.
  std::int64_t pictures_each = 1;  ///< One stands for so many pictures of the title.
  std::int64_t images = 0;
  ByteCount largest;  ///< Of the images.
};

/// "tile-1.jpg"; `image` counts from 0.
[[nodiscard]] std::string thumbnail_image_name(std::int64_t image);

/// Makes a title's pictures small, the first of every `pictures_each`, and writes them as JPEG
/// images. A resource; used by one thread at a time.
class ThumbnailMaker {
 public:
  ThumbnailMaker(const PackagedThumbnails& form, FileSink sink);
  ThumbnailMaker(const ThumbnailMaker&) = delete;
  ThumbnailMaker& operator=(const ThumbnailMaker&) = delete;

  /// The next picture of the title.
  [[nodiscard]] Expected<void> put(const AVFrame& picture);
  /// Writes the last image, of which some places may be black.
  [[nodiscard]] Expected<void> finish();
  [[nodiscard]] const PackagedThumbnails& thumbnails() const { return made_; }

 private:
  [[nodiscard]] Expected<void> write_image();
  void begin_image();

  PackagedThumbnails made_;
  FileSink sink_;
  SwsPtr scaler_;
  FramePtr image_;
  std::int64_t next_picture_ = 0;
  int filled_ = 0;  ///< Places of the image that have a picture.
};

}  // namespace rung::package
