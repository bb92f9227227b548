#include "player/home_screen.h"

#include <SDL.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

namespace rung::player {
namespace {

using Area = PicturePainter::Area;

constexpr Color background{12, 14, 19, 255};
constexpr Color tile_ground{36, 41, 53, 255};
constexpr Color accent{255, 176, 59, 255};
constexpr Color white{244, 246, 250, 255};
constexpr Color faint{160, 169, 187, 255};
constexpr Duration rest_time = std::chrono::seconds(1);
constexpr Duration look_again = std::chrono::milliseconds(100);
constexpr std::size_t longest_search = 64;

void fill(SDL_Renderer& renderer, const Area& area, const Color& color) {
  const SDL_Rect rectangle{area.x, area.y, area.width, area.height};
  SDL_SetRenderDrawBlendMode(&renderer, SDL_BLENDMODE_BLEND);
  SDL_SetRenderDrawColor(&renderer, color.red, color.green, color.blue, color.opacity);
  SDL_RenderFillRect(&renderer, &rectangle);
}

/// `text`, cut to `width` with dots behind it.
std::string fitting(TextPainter& painter, const std::string& text, const TextPainter::Style& style,
                    int width) {
  if (painter.measure(text, style).width <= width) return text;
  std::string cut = text;
  while (!cut.empty()) {
    // A whole character of UTF-8.
    while (!cut.empty() && (static_cast<unsigned char>(cut.back()) & 0xc0) == 0x80) cut.pop_back();
    if (!cut.empty()) cut.pop_back();
    if (painter.measure(cut + "…", style).width <= width) return cut + "…";
  }
  return {};
}

}  // namespace

HomeScreen::HomeScreen(std::string name, std::vector<HomeRow> rows, World world)
    : name_(std::move(name)),
      rows_(std::move(rows)),
      first_rows_(rows_),
      world_(std::move(world)),
      first_tile_(rows_.size(), 0) {}

void HomeScreen::show(std::vector<HomeRow> rows) {
  rows_ = std::move(rows);
  first_row_ = 0;
  first_tile_.assign(rows_.size(), 0);
  drawn_.clear();
  look_at({});
}

void HomeScreen::search(std::string text) {
  if (text.size() > longest_search) return;
  sought_ = std::move(text);
  std::vector<HomeTile> found;
  if (!sought_->empty()) found = world_.search(*sought_);
  nothing_found_ = found.empty() && !sought_->empty();
  notice_ = nothing_found_ ? "nothing found" : "";
  show(found.empty() ? first_rows_
                     : std::vector<HomeRow>{{.heading = "Found", .tiles = std::move(found)}});
}

void HomeScreen::end_search() {
  const std::string text = *std::exchange(sought_, std::nullopt);
  notice_.clear();
  nothing_found_ = false;
  if (!text.empty() && world_.sought) world_.sought(text);
  if (!chosen_) show(first_rows_);
}

void HomeScreen::sign(TitleSign sign) {
  if (!world_.sign) return;
  HomeTile now = focused();
  switch (sign) {
    case TitleSign::like:
      now.liked = true;
      now.not_for_me = false;
      notice_ = "liked: " + now.name;
      break;
    case TitleSign::not_for_me:
      now.not_for_me = true;
      now.liked = false;
      notice_ = "less of this: " + now.name;
      break;
    case TitleSign::save:
      now.saved = !now.saved;
      notice_ = (now.saved ? "in your list: " : "no longer in your list: ") + now.name;
      break;
  }
  for (auto* rows : {&rows_, &first_rows_})
    for (HomeRow& row : *rows)
      for (HomeTile& tile : row.tiles)
        if (tile.title == now.title) {
          tile.liked = now.liked;
          tile.saved = now.saved;
          tile.not_for_me = now.not_for_me;
        }
  world_.sign(now, sign);
}

void HomeScreen::look_at(Place place) {
  place.row = std::min(place.row, rows_.size() - 1);
  place.tile = std::min(place.tile, rows_[place.row].tiles.size() - 1);
  focus_ = place;
  first_row_ =
      std::clamp(first_row_, focus_.row + 1 - std::min(seen_rows_, focus_.row + 1), focus_.row);
  std::size_t& first = first_tile_[focus_.row];
  first = std::clamp(first, focus_.tile + 1 - std::min(columns_, focus_.tile + 1), focus_.tile);
  if (world_.focus) world_.focus(focused());
}

void HomeScreen::move(int rows, int tiles) {
  const auto moved = [](std::size_t from, int by, std::size_t count) {
    const auto to = static_cast<std::ptrdiff_t>(from) + by;
    return static_cast<std::size_t>(
        std::clamp(to, std::ptrdiff_t{0}, static_cast<std::ptrdiff_t>(count) - 1));
  };
  Place place = focus_;
  place.row = moved(focus_.row, rows, rows_.size());
  if (place.row != focus_.row)  // The one below or above, as it is seen.
    place.tile = first_tile_[place.row] + (focus_.tile - first_tile_[focus_.row]);
  else
    place.tile = moved(focus_.tile, tiles, rows_[place.row].tiles.size());
  if (place != focus_) look_at(place);
}

std::optional<HomeScreen::Place> HomeScreen::tile_at(int x, int y) const {
  for (const Drawn& one : drawn_)
    if (one.area.holds(x, y)) return one.place;
  return std::nullopt;
}

void HomeScreen::draw_hero(SDL_Renderer& renderer, TextPainter* text, int width, int height) {
  const HomeTile& tile = focused();
  const int wide = width * 3 / 5;
  const Area art{width - wide, 0, wide, height};
  pictures_->draw(world_.artwork.picture(tile.artwork), art);
  // It comes out of the dark on the left, and goes into it below.
  constexpr int steps = 64;
  for (int step = 0; step < steps; ++step) {
    const double dark = 1 - static_cast<double>(step) / steps;
    Color shade = background;
    shade.opacity = static_cast<std::uint8_t>(255 * dark * dark);
    const int from = wide / 2 * step / steps;
    fill(renderer, {art.x + from, 0, wide / 2 * (step + 1) / steps - from, height}, shade);
    const int top = height - height / 2 * (step + 1) / steps;
    fill(renderer, {art.x, top, wide, height - height / 2 * step / steps - top}, shade);
  }
  if (text == nullptr) return;
  const int margin = width / 24;
  const int size = std::max(12, height / 16);
  std::string top = sought_ ? "/" + *sought_ + "_" : name_;
  if (!notice_.empty()) top += "   " + notice_;
  const TextPainter::Style line{.size = size, .color = accent};
  text->draw(fitting(*text, top, line, width - 2 * margin), line, margin, height / 8);
  const TextPainter::Style heading{.size = size * 5 / 2, .color = white};
  text->draw(fitting(*text, tile.name, heading, width / 2), heading, margin, height * 2 / 7);
  text->draw(tile.detail, {.size = size * 6 / 5, .color = accent}, margin, height * 4 / 7);
  const TextPainter::Style small{.size = size * 6 / 5, .color = faint};
  text->draw(fitting(*text, tile.text, small, width / 2), small, margin, height * 5 / 7);
}

void HomeScreen::draw_tile(SDL_Renderer& renderer, TextPainter* text, const HomeTile& tile,
                           Place place, const Area& area) {
  const int border = std::max(2, area.height / 40);
  const bool chosen = place == focus_;
  if (chosen)
    fill(renderer,
         {area.x - border, area.y - border, area.width + 2 * border, area.height + 2 * border},
         accent);
  fill(renderer, area, tile_ground);
  pictures_->draw(world_.artwork.picture(tile.artwork), area);
  if (tile.progress > 0) {
    const Area bar{area.x, area.y + area.height - 2 * border, area.width, 2 * border};
    fill(renderer, bar, {0, 0, 0, 160});
    fill(renderer,
         {bar.x, bar.y, static_cast<int>(std::min(tile.progress, 1.0) * bar.width), bar.height},
         accent);
  }
  if (text != nullptr) {
    const TextPainter::Style style{.size = std::max(11, area.height / 8),
                                   .color = chosen ? white : faint};
    std::string name = tile.name;
    if (tile.liked) name = "+ " + name;
    if (tile.not_for_me) name = "- " + name;
    if (tile.saved) name = "* " + name;
    text->draw(fitting(*text, name, style, area.width), style, area.x,
               area.y + area.height + border * 2);
  }
  drawn_.push_back({place, area});
}

void HomeScreen::draw(SDL_Renderer& renderer, TextPainter* text, int width, int height) {
  drawn_.clear();
  fill(renderer, {0, 0, width, height}, background);
  const int margin = width / 24;
  const int gap = std::max(6, width / 80);
  columns_ = static_cast<std::size_t>(std::clamp(width / 240, 2, 8));
  const int wide = (width - 2 * margin) / static_cast<int>(columns_) - gap;
  const int tall = wide * 9 / 16;
  const int heading = std::max(13, tall / 6);
  const int row_height = heading * 2 + tall + tall / 3;
  const int hero = height * 2 / 5;
  seen_rows_ = static_cast<std::size_t>(std::max(1, (height - hero) / row_height));
  draw_hero(renderer, text, width, hero);
  int y = hero;
  for (std::size_t row = first_row_; row < rows_.size() && y < height; ++row, y += row_height) {
    if (text != nullptr)
      text->draw(rows_[row].heading, {.size = heading, .color = white}, margin, y);
    int x = margin;
    for (std::size_t tile = first_tile_[row]; tile < rows_[row].tiles.size() && x < width;
         ++tile, x += wide + gap)
      draw_tile(renderer, text, rows_[row].tiles[tile], {row, tile},
                {x, y + heading * 3 / 2, wide, tall});
  }
}

void HomeScreen::take_key(const SDL_Keysym& key, bool repeated) {
  switch (key.sym) {
    case SDLK_LEFT:
      move(0, -1);
      break;
    case SDLK_RIGHT:
      move(0, 1);
      break;
    case SDLK_UP:
      move(-1, 0);
      break;
    case SDLK_DOWN:
      move(1, 0);
      break;
    case SDLK_RETURN:
    case SDLK_KP_ENTER:
      if (!repeated && !nothing_found_) chosen_ = focused();
      break;
    case SDLK_ESCAPE:
      if (repeated) break;
      if (sought_)
        end_search();
      else
        over_ = true;
      break;
    case SDLK_BACKSPACE:
      if (sought_) {
        std::string shorter = *sought_;
        while (!shorter.empty() && (static_cast<unsigned char>(shorter.back()) & 0xc0) == 0x80)
          shorter.pop_back();
        if (!shorter.empty()) shorter.pop_back();
        search(std::move(shorter));
      }
      break;
    case SDLK_q:
      if (!sought_ && !repeated) over_ = true;
      break;
    case SDLK_b:
      if (!sought_ && !repeated) sign(TitleSign::save);
      break;
    default:
      break;
  }
}

std::optional<HomeTile> HomeScreen::choose(VideoOutput& window, const std::stop_token& stop) {
  SDL_ShowCursor(SDL_ENABLE);
  PicturePainter pictures(window.renderer());
  pictures_ = &pictures;
  chosen_.reset();
  over_ = false;
  look_at(focus_);
  SteadyTime since = SteadyClock::now();
  std::size_t seen = focused().title;
  bool rested = false;
  const auto take = [&](const SDL_Event& event) {
    switch (event.type) {
      case SDL_QUIT:
        over_ = true;
        break;
      case SDL_KEYDOWN:
        take_key(event.key.keysym, event.key.repeat != 0);
        break;
      case SDL_TEXTINPUT:
        if (sought_)
          search(*sought_ + event.text.text);
        else if (const std::string_view typed = event.text.text; typed == "/" && world_.search)
          search({});
        else if (typed == "+")
          sign(TitleSign::like);
        else if (typed == "-")
          sign(TitleSign::not_for_me);
        break;
      case SDL_MOUSEMOTION:
        if (const auto place =
                tile_at(window.in_pixels(event.motion.x), window.in_pixels(event.motion.y));
            place && *place != focus_)
          look_at(*place);
        break;
      case SDL_MOUSEWHEEL:
        move(event.wheel.y > 0 ? -1 : event.wheel.y < 0 ? 1 : 0, 0);
        break;
      case SDL_MOUSEBUTTONDOWN:
        if (const auto place =
                tile_at(window.in_pixels(event.button.x), window.in_pixels(event.button.y));
            place && event.button.button == SDL_BUTTON_LEFT) {
          look_at(*place);
          chosen_ = focused();
        }
        break;
      default:
        break;
    }
  };
  while (!over_ && !chosen_ && !stop.stop_requested()) {
    window.draw_page([this](SDL_Renderer& renderer, TextPainter* text, int width, int height) {
      draw(renderer, text, width, height);
    });
    SDL_Event event;
    const auto longest = std::chrono::duration_cast<std::chrono::milliseconds>(look_again).count();
    if (SDL_WaitEventTimeout(&event, static_cast<int>(longest)) != 0) {
      take(event);
      while (!over_ && !chosen_ && SDL_PollEvent(&event) != 0) take(event);
    }
    const SteadyTime now = SteadyClock::now();
    if (seen != focused().title) {
      seen = focused().title;
      since = now;
      rested = false;
    } else if (!rested && now - since >= rest_time) {
      rested = true;
      if (world_.rest) world_.rest(focused());
    }
  }
  if (sought_) end_search();
  pictures_ = nullptr;
  return chosen_;
}

}  // namespace rung::player
