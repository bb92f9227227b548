#pragma once

#include <cstdint>
#include <string>

#include "core/expected.h"
#include "media/package/rung.h"

namespace rung::package {

/// A picture of the landscape that the demo title of this seed shows, as the bytes of a JPEG file:
/// `place` from 0 to 1 is the time of its day.
[[nodiscard]] Expected<std::string> demo_artwork(std::uint64_t seed, double place,
                                                 PictureSize size);

}  // namespace rung::package
