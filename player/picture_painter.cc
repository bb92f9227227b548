#include "player/picture_painter.h"

#include <SDL.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace rung::player {

void PicturePainter::DestroyTexture::operator()(SDL_Texture* texture) const {
  SDL_DestroyTexture(texture);
}

void PicturePainter::draw(const std::shared_ptr<const decode::StillPicture>& picture,
                          const Area& area) {
  if (!picture || area.width <= 0 || area.height <= 0) return;
  const auto found = std::ranges::find(kept_, picture, &Kept::picture);
  if (found != kept_.end()) {
    kept_.splice(kept_.begin(), kept_, found);
  } else {
    Kept made{picture, {}};
    made.texture.reset(SDL_CreateTexture(&renderer_, Uint32{SDL_PIXELFORMAT_RGBA32},
                                         SDL_TEXTUREACCESS_STATIC, picture->width,
                                         picture->height));
    if (!made.texture || SDL_UpdateTexture(made.texture.get(), nullptr, picture->rgba.data(),
                                           4 * picture->width) != 0)
      return;
    kept_.push_front(std::move(made));
    if (kept_.size() > most_kept) kept_.pop_back();
  }
  const double scale = std::max(static_cast<double>(area.width) / picture->width,
                                static_cast<double>(area.height) / picture->height);
  SDL_Rect part{0, 0, std::min(picture->width, static_cast<int>(std::lround(area.width / scale))),
                std::min(picture->height, static_cast<int>(std::lround(area.height / scale)))};
  part.x = (picture->width - part.w) / 2;
  part.y = (picture->height - part.h) / 2;
  const SDL_Rect to{area.x, area.y, area.width, area.height};
  SDL_RenderCopy(&renderer_, kept_.front().texture.get(), &part, &to);
}

}  // namespace rung::player
