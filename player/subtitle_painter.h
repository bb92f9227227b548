#pragma once

#include <memory>
#include <string>
#include <vector>

#include "media/cue.h"

struct SDL_Renderer;
struct SDL_Texture;
struct ass_library;
struct ass_renderer;

namespace rung::player {

/// The part of a window that the picture takes, in pixels.
struct PictureArea {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
  friend bool operator==(const PictureArea&, const PictureArea&) = default;
};

/// Lines of a picture that something else is seen on.
struct CoveredLines {
  int top = 0;
  int bottom = 0;
};

/// Draws subtitles onto a picture with libass: any script that a font of the system has, lines that
/// are broken where they do not fit, with an outline. In DejaVu, or in the font that RUNG_FONT
/// names. A resource of the main thread.
class SubtitlePainter {
 public:
  /// `renderer` must outlive the painter.
  explicit SubtitlePainter(SDL_Renderer& renderer);
  SubtitlePainter(const SubtitlePainter&) = delete;
  SubtitlePainter& operator=(const SubtitlePainter&) = delete;
  ~SubtitlePainter();

  /// What is covered is left free.
  void draw(const std::vector<media::Cue>& cues, const PictureArea& picture,
            const CoveredLines& covered);

 private:
  struct DestroyLibrary {
    void operator()(ass_library* library) const;
  };
  struct DestroyRenderer {
    void operator()(ass_renderer* renderer) const;
  };
  struct DestroyTexture {
    void operator()(SDL_Texture* texture) const;
  };
  /// Draws `script` anew.
  void render(const std::string& script, const PictureArea& picture);

  SDL_Renderer& renderer_;
  std::unique_ptr<ass_library, DestroyLibrary> library_;
  std::unique_ptr<ass_renderer, DestroyRenderer> ass_;    ///< Null where it cannot be had.
  std::string drawn_;                                     ///< The script in the texture.
  std::unique_ptr<SDL_Texture, DestroyTexture> texture_;  ///< Null where nothing is to be seen.
  PictureArea area_;                                      ///< Of the texture, within the picture.
};

/// The cues as a script of libass for a picture of this size, with what is covered of it left
/// free, as far as a line takes no more than one in the picture. No text in it can be taken for a
/// command.
[[nodiscard]] std::string script_of(const std::vector<media::Cue>& seen, int width, int height,
                                    const CoveredLines& covered);

}  // namespace rung::player
