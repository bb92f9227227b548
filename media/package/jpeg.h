#pragma once

#include <string>

#include "core/expected.h"
#include "media/package/libav.h"

namespace rung::package {

/// The bytes of a JPEG file of a picture as make_picture() makes it.
[[nodiscard]] Expected<std::string> encode_jpeg(const AVFrame& picture);

}  // namespace rung::package
