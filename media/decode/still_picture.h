#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/expected.h"

namespace rung::decode {

/// A picture that stands still: artwork. A value.
struct StillPicture {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgba;  ///< Row by row, four bytes a pixel.
};

/// Decodes a PNG or JPEG picture of at most limits::artwork_side on either side, made smaller until
/// it just covers `width` x `height`. Fails with unsupported, limit_exceeded or decode.
[[nodiscard]] Expected<StillPicture> decode_still_picture(std::span<const std::byte> file,
                                                          int width, int height);

}  // namespace rung::decode
