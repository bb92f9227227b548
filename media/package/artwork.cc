#include "media/package/artwork.h"

#include <algorithm>

#include "media/package/demo_scene.h"
#include "media/package/jpeg.h"

namespace rung::package {

Expected<std::string> demo_artwork(std::uint64_t seed, double place, PictureSize size) {
  constexpr double day = 100;
  return encode_jpeg(*DemoScene(size, seed).render(std::clamp(place, 0.0, 1.0) * day, day));
}

}  // namespace rung::package
