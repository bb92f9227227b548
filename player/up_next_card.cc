#include "player/up_next_card.h"

#include <SDL.h>

#include <algorithm>
#include <cmath>

namespace rung::player {
namespace {

constexpr Duration longest_card = std::chrono::seconds(10);
constexpr Color back{18, 20, 26, 235};
constexpr Color accent{255, 176, 59, 255};
constexpr Color faint{178, 186, 202, 255};
constexpr Color empty_picture{48, 54, 68, 255};

void fill(SDL_Renderer& renderer, const PicturePainter::Area& area, const Color& color) {
  const SDL_Rect rectangle{area.x, area.y, area.width, area.height};
  SDL_SetRenderDrawBlendMode(&renderer, SDL_BLENDMODE_BLEND);
  SDL_SetRenderDrawColor(&renderer, color.red, color.green, color.blue, color.opacity);
  SDL_RenderFillRect(&renderer, &rectangle);
}

/// Of the text, in a window of that height.
int size_in(int height) { return std::clamp(height / 30, 12, 44); }
int pad_of(int size) { return std::max(6, size * 2 / 3); }
int picture_width(int tall) { return tall * 16 / 9; }

}  // namespace

Duration card_time(Duration title) { return std::min(longest_card, title / 3); }

UpNextCard card_of(const UpNext& next, Duration left, Duration length) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(std::max(left, Duration{})).count();
  UpNextCard card{.heading = "Up next in " + std::to_string(seconds) + " s",
                  .title = next.title,
                  .detail = next.detail,
                  .artwork = next.artwork ? next.artwork() : nullptr};
  // In steps that a viewer can see, so that a still card is not drawn again.
  constexpr double steps = 200;
  if (length > Duration{})
    card.share = std::clamp(std::round((1 - to_seconds(left) / to_seconds(length)) * steps) / steps,
                            0.0, 1.0);
  return card;
}

PicturePainter::Area card_area(int width, int height) {
  const int size = size_in(height);
  const int pad = pad_of(size);
  const int tall = size * 6;
  const int wide = std::min(width - 2 * pad, picture_width(tall) + size * 17);
  return {width - wide - 2 * pad, height - tall - size * 4, wide, tall};
}

void draw_card(SDL_Renderer& renderer, TextPainter* text, PicturePainter& pictures,
               const UpNextCard& card, int width, int height) {
  const PicturePainter::Area area = card_area(width, height);
  const int size = size_in(height);
  const int pad = pad_of(size);
  const int tall = area.height;
  fill(renderer, area, back);
  const PicturePainter::Area art{area.x, area.y, std::min(picture_width(tall), area.width), tall};
  fill(renderer, art, empty_picture);
  pictures.draw(card.artwork, art);
  const int thick = std::max(3, size / 6);
  fill(renderer, {area.x, area.y + tall - thick, area.width, thick}, {255, 255, 255, 40});
  fill(renderer,
       {area.x, area.y + tall - thick, static_cast<int>(std::lround(card.share * area.width)),
        thick},
       accent);
  if (text == nullptr) return;
  const int x = art.x + art.width + pad;
  const SDL_Rect inside{x, area.y, std::max(1, area.x + area.width - x - pad / 2), area.height};
  SDL_RenderSetClipRect(&renderer, &inside);
  TextPainter::Style style{.size = size * 4 / 5, .color = accent};
  int y = area.y + pad / 2;
  text->draw(card.heading, style, x, y);
  y += size * 5 / 4;
  style = {.size = size * 5 / 4};
  text->draw(card.title, style, x, y);
  y += size * 7 / 4;
  style = {.size = size * 4 / 5, .color = faint};
  text->draw(card.detail, style, x, y);
  text->draw("Enter: now     Esc: not this one", style, x, area.y + tall - thick - size * 5 / 4);
  SDL_RenderSetClipRect(&renderer, nullptr);
}

}  // namespace rung::player
