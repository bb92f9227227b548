#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "core/expected.h"

struct SDL_Renderer;
struct SDL_Texture;
struct _TTF_Font;

namespace rung::player {

/// Red, green, blue and opacity, each 0 to 255.
struct Color {
  std::uint8_t red = 255;
  std::uint8_t green = 255;
  std::uint8_t blue = 255;
  std::uint8_t opacity = 255;
  friend bool operator==(const Color&, const Color&) = default;
};

/// Pixels.
struct TextSize {
  int width = 0;
  int height = 0;
};

/// Draws lines of text (UTF-8) with DejaVu through SDL_ttf. Lines that are drawn again and again
/// are kept as textures, at most `most_kept`. A resource of the main thread.
class TextPainter {
 public:
  enum class Face : std::uint8_t { proportional, monospace };
  struct Style {
    int size = 20;  ///< Height of the font, in pixels.
    Face face = Face::proportional;
    Color color{};
    friend bool operator==(const Style&, const Style&) = default;
  };
  static constexpr std::size_t most_kept = 128;

  /// `renderer` must outlive the painter. Fails with `unsupported` where there is no font: looked
  /// for in the file that RUNG_FONT names, else where systems keep DejaVu.
  static Expected<std::unique_ptr<TextPainter>> create(SDL_Renderer& renderer);
  /// That file; empty where there is none.
  [[nodiscard]] static std::string font_file();
  TextPainter(const TextPainter&) = delete;
  TextPainter& operator=(const TextPainter&) = delete;
  ~TextPainter();

  /// What `text` takes, without drawing it.
  [[nodiscard]] TextSize measure(std::string_view text, const Style& style);
  /// With the upper left corner of the line at `x`, `y`.
  void draw(std::string_view text, const Style& style, int x, int y);

 private:
  struct CloseFont {
    void operator()(_TTF_Font* font) const;
  };
  struct DestroyTexture {
    void operator()(SDL_Texture* texture) const;
  };
  struct Line {
    std::string text;
    Style style;
    std::unique_ptr<SDL_Texture, DestroyTexture> texture;
    TextSize size;
  };
  struct Font {
    int size = 0;
    Face face{};
    std::unique_ptr<_TTF_Font, CloseFont> font;
  };

  TextPainter(SDL_Renderer& renderer, std::string proportional, std::string monospace)
      : renderer_(renderer),
        proportional_(std::move(proportional)),
        monospace_(std::move(monospace)) {}

  [[nodiscard]] _TTF_Font* font(int size, Face face);

  SDL_Renderer& renderer_;
  std::string proportional_;  ///< Files.
  std::string monospace_;
  std::list<Font> fonts_;  ///< The newest first.
  std::list<Line> lines_;  ///< The newest first.
};

}  // namespace rung::player
