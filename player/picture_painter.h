#pragma once

#include <cstddef>
#include <list>
#include <memory>

#include "media/decode/still_picture.h"

struct SDL_Renderer;
struct SDL_Texture;

namespace rung::player {

/// Draws still pictures; of the latest `most_kept` the textures are kept. A resource of the main
/// thread that goes before its renderer.
class PicturePainter {
 public:
  static constexpr std::size_t most_kept = 96;

  explicit PicturePainter(SDL_Renderer& renderer) : renderer_(renderer) {}
  PicturePainter(const PicturePainter&) = delete;
  PicturePainter& operator=(const PicturePainter&) = delete;
  ~PicturePainter() = default;

  struct Area {
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;
    [[nodiscard]] bool holds(int at_x, int at_y) const {
      return at_x >= x && at_x < x + width && at_y >= y && at_y < y + height;
    }
    friend bool operator==(const Area&, const Area&) = default;
  };
  /// So that it covers `area`, cut at its edges. Without effect for null.
  void draw(const std::shared_ptr<const decode::StillPicture>& picture, const Area& area);

 private:
  struct DestroyTexture {
    void operator()(SDL_Texture* texture) const;
  };
  struct Kept {
    std::shared_ptr<const decode::StillPicture> picture;
    std::unique_ptr<SDL_Texture, DestroyTexture> texture;
  };

  SDL_Renderer& renderer_;
  std::list<Kept> kept_;  ///< The latest first.
};

}  // namespace rung::player
