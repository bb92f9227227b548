#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "player/artwork_loader.h"
#include "player/picture_painter.h"
#include "player/steady_time.h"
#include "player/video_output.h"

namespace rung::player {

/// A title as the home screen shows it. A value.
struct HomeTile {
  std::size_t title = 0;  ///< For whoever made the rows.
  std::string name;
  std::string detail;
  std::string text;
  std::string artwork;  ///< A URL; empty for none.
  double progress = 0;  ///< The share that was seen.
};
struct HomeRow {
  std::string heading;
  std::vector<HomeTile> tiles;  ///< Not empty.
};

/// Rows of titles in a window, of which arrows or the pointer choose one. A resource of the main
/// thread.
class HomeScreen {
 public:
  struct World {
    ArtworkLoader& artwork;
    /// The title that the viewer looks at, whenever it changes; and once it was looked at for a
    /// second.
    std::function<void(const HomeTile&)> focus;
    std::function<void(const HomeTile&)> rest;
  };

  HomeScreen(std::string name, std::vector<HomeRow> rows, World world);

  /// Until the viewer chooses a title, or leaves (nullopt; `stop` is that, too).
  [[nodiscard]] std::optional<HomeTile> choose(VideoOutput& window, const std::stop_token& stop);

 private:
  struct Place {
    std::size_t row = 0;
    std::size_t tile = 0;
    friend bool operator==(const Place&, const Place&) = default;
  };
  struct Drawn {
    Place place;
    PicturePainter::Area area;
  };

  void draw(SDL_Renderer& renderer, TextPainter* text, int width, int height);
  void draw_hero(SDL_Renderer& renderer, TextPainter* text, int width, int height);
  void draw_tile(SDL_Renderer& renderer, TextPainter* text, const HomeTile& tile, Place place,
                 const PicturePainter::Area& area);
  void move(int rows, int tiles);
  void look_at(Place place);
  [[nodiscard]] const HomeTile& focused() const { return rows_[focus_.row].tiles[focus_.tile]; }
  [[nodiscard]] std::optional<Place> tile_at(int x, int y) const;

  std::string name_;
  std::vector<HomeRow> rows_;
  World world_;
  Place focus_;
  std::size_t first_row_ = 0;            ///< That is seen.
  std::vector<std::size_t> first_tile_;  ///< By row.
  std::size_t columns_ = 5;
  std::size_t seen_rows_ = 2;
  std::vector<Drawn> drawn_;
  PicturePainter* pictures_ = nullptr;  ///< While choose() runs.
};

}  // namespace rung::player
