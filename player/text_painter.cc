#include "player/text_painter.h"

#include <SDL.h>
#include <SDL_ttf.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>
#include <utility>

namespace rung::player {

namespace {

/// Sizes of one face or the other that stay open; a window that is resized goes through many.
constexpr std::size_t most_fonts = 8;
/// Of one line; SDL_ttf and textures have their own limits far above.
constexpr std::size_t longest_line = 300;

constexpr auto folders = std::to_array<const char*>({
    "/usr/share/fonts/truetype/dejavu",
    "/usr/share/fonts/dejavu",
    "/usr/share/fonts/dejavu-sans-fonts",
    "/usr/share/fonts/TTF",
    "/usr/local/share/fonts/dejavu",
});

[[nodiscard]] bool is_file(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

[[nodiscard]] std::string dejavu(const std::string& name) {
  for (const char* folder : folders)
    if (std::string path = std::string(folder) + "/" + name; is_file(path)) return path;
  return {};
}

/// `text` cut behind a whole character, for SDL_ttf refuses broken ones.
[[nodiscard]] std::string bounded(std::string_view text) {
  if (text.size() > longest_line) {
    std::size_t size = longest_line;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
    text = text.substr(0, size);
  }
  return std::string(text);
}

}  // namespace

void TextPainter::CloseFont::operator()(_TTF_Font* font) const { TTF_CloseFont(font); }
void TextPainter::DestroyTexture::operator()(SDL_Texture* texture) const {
  SDL_DestroyTexture(texture);
}

Expected<std::unique_ptr<TextPainter>> TextPainter::create(SDL_Renderer& renderer) {
  std::string proportional;
  std::string monospace;
  if (const char* named = SDL_getenv("RUNG_FONT"); named != nullptr && *named != '\0') {
    if (!is_file(named))
      return failure(ErrorCode::unsupported,
                     "RUNG_FONT names no font file, so nothing is written "
                     "on the picture",
                     named);
    proportional = named;
    monospace = named;
  } else {
    proportional = dejavu("DejaVuSans.ttf");
    monospace = dejavu("DejaVuSansMono.ttf");
    if (proportional.empty()) proportional = monospace;
    if (monospace.empty()) monospace = proportional;
  }
  if (proportional.empty())
    return failure(ErrorCode::unsupported,
                   "no font, so nothing is written on the picture; install DejaVu (Debian: "
                   "fonts-dejavu-core), or name a TrueType file with RUNG_FONT");
  if (TTF_Init() != 0)
    return failure(ErrorCode::unsupported, std::string("no text: ") + TTF_GetError());
  std::unique_ptr<TextPainter> painter(
      new TextPainter(renderer, std::move(proportional), std::move(monospace)));
  if (painter->font(20, Face::proportional) == nullptr ||
      painter->font(20, Face::monospace) == nullptr)
    return failure(ErrorCode::unsupported,
                   std::string("the font cannot be read: ") + TTF_GetError(),
                   painter->proportional_);
  return painter;
}

std::string TextPainter::font_file() {
  const char* named = SDL_getenv("RUNG_FONT");
  return named != nullptr && is_file(named) ? named : dejavu("DejaVuSans.ttf");
}

TextPainter::~TextPainter() {
  lines_.clear();
  fonts_.clear();
  TTF_Quit();
}

_TTF_Font* TextPainter::font(int size, Face face) {
  const auto open = std::ranges::find_if(
      fonts_, [&](const Font& one) { return one.size == size && one.face == face; });
  if (open != fonts_.end()) {
    fonts_.splice(fonts_.begin(), fonts_, open);
    return open->font.get();
  }
  const std::string& file = face == Face::monospace ? monospace_ : proportional_;
  std::unique_ptr<_TTF_Font, CloseFont> opened(TTF_OpenFont(file.c_str(), size));
  if (!opened) return nullptr;
  if (fonts_.size() >= most_fonts) fonts_.pop_back();
  fonts_.push_front(Font{size, face, std::move(opened)});
  return fonts_.front().font.get();
}

TextSize TextPainter::measure(std::string_view text, const Style& style) {
  TextSize size;
  _TTF_Font* with = font(style.size, style.face);
  if (with != nullptr) TTF_SizeUTF8(with, bounded(text).c_str(), &size.width, &size.height);
  return size;
}

void TextPainter::draw(std::string_view text, const Style& style, int x, int y) {
  std::string line = bounded(text);
  if (line.empty()) return;
  auto kept = std::ranges::find_if(
      lines_, [&](const Line& one) { return one.text == line && one.style == style; });
  if (kept != lines_.end()) {
    lines_.splice(lines_.begin(), lines_, kept);
  } else {
    _TTF_Font* with = font(style.size, style.face);
    if (with == nullptr) return;
    const Color& color = style.color;
    SDL_Surface* surface = TTF_RenderUTF8_Blended(
        with, line.c_str(), SDL_Color{color.red, color.green, color.blue, color.opacity});
    if (surface == nullptr) return;
    Line drawn;
    drawn.texture.reset(SDL_CreateTextureFromSurface(&renderer_, surface));
    drawn.size = {surface->w, surface->h};
    SDL_FreeSurface(surface);
    if (!drawn.texture) return;
    drawn.text = std::move(line);
    drawn.style = style;
    if (lines_.size() >= most_kept) lines_.pop_back();
    lines_.push_front(std::move(drawn));
  }
  const Line& front = lines_.front();
  const SDL_Rect area{x, y, front.size.width, front.size.height};
  SDL_RenderCopy(&renderer_, front.texture.get(), nullptr, &area);
}

}  // namespace rung::player
