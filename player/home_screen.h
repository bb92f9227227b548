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
#include "player/title_sign.h"
#include "player/video_output.h"

struct SDL_Keysym;

namespace rung::player {

/// A title as the home screen shows it. A value.
struct HomeTile {
  std::size_t title = 0;  ///< For whoever made the rows.
  std::string name;
  std::string detail;
  std::string text;
  std::string artwork;  ///< A URL; empty for none.
  double progress = 0;  ///< The share that was seen.
  bool liked = false;
  bool saved = false;
  bool not_for_me = false;
};
struct HomeRow {
  std::string heading;
  std::vector<HomeTile> tiles;  ///< Not empty.
};

/// Rows of titles in a window, of which arrows or the pointer choose one; a slash looks for titles
/// by their words. A resource of the main thread.
class HomeScreen {
 public:
  struct World {
    ArtworkLoader& artwork;
    /// The title that the viewer looks at, whenever it changes; and once it was looked at for a
    /// second.
    std::function<void(const HomeTile&)> focus;
    std::function<void(const HomeTile&)> rest;
    /// The titles that have the words; may be empty.
    std::function<std::vector<HomeTile>(const std::string& text)> search = {};
    /// The viewer has looked for this, and chose of what was found or went back.
    std::function<void(const std::string& text)> sought = {};
    /// The viewer makes something known of a title, whose tile tells so already.
    std::function<void(const HomeTile&, TitleSign)> sign = {};
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

  void take_key(const SDL_Keysym& key, bool repeated);
  void search(std::string text);
  void end_search();
  void sign(TitleSign sign);
  void show(std::vector<HomeRow> rows);

  void draw(SDL_Renderer& renderer, TextPainter* text, int width, int height);
  void draw_hero(SDL_Renderer& renderer, TextPainter* text, int width, int height);
  void draw_tile(SDL_Renderer& renderer, TextPainter* text, const HomeTile& tile, Place place,
                 const PicturePainter::Area& area);
  void move(int rows, int tiles);
  void look_at(Place place);
  [[nodiscard]] const HomeTile& focused() const { return rows_[focus_.row].tiles[focus_.tile]; }
  [[nodiscard]] std::optional<Place> tile_at(int x, int y) const;

  std::string name_;
  std::vector<HomeRow> rows_;          ///< That are shown.
  std::vector<HomeRow> first_rows_;    ///< Without a search.
  std::optional<std::string> sought_;  ///< While the viewer looks for something.
  bool nothing_found_ = false;
  std::string notice_;
  World world_;
  Place focus_;
  std::size_t first_row_ = 0;            ///< That is seen.
  std::vector<std::size_t> first_tile_;  ///< By row.
  std::size_t columns_ = 5;
  std::size_t seen_rows_ = 2;
  std::vector<Drawn> drawn_;
  PicturePainter* pictures_ = nullptr;  ///< While choose() runs.
  std::optional<HomeTile> chosen_;
  bool over_ = false;
};

}  // namespace rung::player
