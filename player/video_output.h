#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "media/decode/frame.h"

struct SDL_Window;
struct SDL_Renderer;
struct SDL_Texture;

namespace rung::player {

/// Zero: as large as the picture deserves.
struct WindowSize {
  int width = 0;
  int height = 0;
};

/// What a viewer asks of the player in the window.
enum class ViewerKey : std::uint8_t { pause, back, forward, quit };

/// The window. A resource of the main thread; only wake() may be called from elsewhere. The picture
/// keeps its shape in a window of any size, and stays until the next one is there: neither a
/// change of representation nor of the window's size shows anything else.
class VideoOutput {
 public:
  /// Fails with `unsupported` where there is no display.
  static Expected<std::unique_ptr<VideoOutput>> open(const std::string& title, WindowSize size,
                                                     bool full_screen);
  VideoOutput(const VideoOutput&) = delete;
  VideoOutput& operator=(const VideoOutput&) = delete;
  ~VideoOutput();

  /// False when the picture's format cannot be shown; the one before stays.
  [[nodiscard]] bool show(const decode::Picture& picture);
  void set_title(const std::string& title);
  /// Waits for the viewer or for wake(), at most so long; returns what the viewer asked for.
  [[nodiscard]] std::vector<ViewerKey> wait_for_input(Duration longest);
  /// Ends a wait. From any thread.
  void wake() const;

 private:
  struct DestroyWindow {
    void operator()(SDL_Window* window) const;
  };
  struct DestroyRenderer {
    void operator()(SDL_Renderer* renderer) const;
  };
  struct DestroyTexture {
    void operator()(SDL_Texture* texture) const;
  };
  struct TextureShape {
    std::uint32_t format = 0;
    int width = 0;
    int height = 0;
    int conversion = 0;  ///< SDL_YUV_CONVERSION_MODE; some renderers fix it at the creation.
    friend bool operator==(const TextureShape&, const TextureShape&) = default;
  };

  VideoOutput() = default;
  [[nodiscard]] Expected<void> open_window(const std::string& title, WindowSize size,
                                           bool full_screen);
  [[nodiscard]] bool upload(const decode::Picture& picture);
  void draw();
  void toggle_full_screen();

  bool initialised_ = false;
  std::unique_ptr<SDL_Window, DestroyWindow> window_;
  std::unique_ptr<SDL_Renderer, DestroyRenderer> renderer_;
  std::unique_ptr<SDL_Texture, DestroyTexture> texture_;
  TextureShape shape_;
  double aspect_ratio_ = 0;
  decode::PictureConverter converter_;
  std::uint32_t wake_event_ = 0;
  bool redraw_ = false;
};

}  // namespace rung::player
