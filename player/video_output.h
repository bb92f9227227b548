#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "media/decode/frame.h"
#include "player/on_screen_display.h"
#include "player/viewer_input.h"

struct SDL_Window;
struct SDL_Renderer;
struct SDL_Texture;

namespace rung::player {

/// Zero: as large as the picture deserves.
struct WindowSize {
  int width = 0;
  int height = 0;
};

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
  /// Another title goes on in this window: nothing of the last one lies on top of its picture.
  void begin_title(const std::string& title);
  [[nodiscard]] bool fills_screen() const;
  /// Waits for the viewer or for wake(), at most so long; returns what the viewer asked for. The
  /// full screen is the window's own business and not among it.
  [[nodiscard]] std::vector<ViewerInput> wait_for_input(Duration longest);
  /// Puts `text` on the clipboard.
  [[nodiscard]] Expected<void> copy(const std::string& text);
  /// What lies on top of the picture; drawn anew, where it changed, when the window waits.
  [[nodiscard]] OnScreenDisplay& display() { return *display_; }
  /// Draws something else in place of the picture, onto so many pixels; the painter of text is null
  /// where there is none.
  using PagePainter = std::function<void(SDL_Renderer&, TextPainter*, int width, int height)>;
  void draw_page(const PagePainter& page);
  [[nodiscard]] SDL_Renderer& renderer() { return *renderer_; }
  /// A place in the window, which counts in points.
  [[nodiscard]] int in_pixels(int points) const;
  /// Why nothing can be written on the picture; none where all is well.
  [[nodiscard]] const std::optional<Error>& text_failure() const { return text_failure_; }
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
  /// What the pointer does on the picture; none where that is nothing that anybody else must know.
  [[nodiscard]] std::optional<ViewerInput> point(const SDL_Event& event, SteadyTime now);
  /// The pointer is in the way of a film while nobody moves it.
  void show_pointer_until(SteadyTime until);
  void hide_idle_pointer(SteadyTime now);

  bool initialised_ = false;
  std::unique_ptr<SDL_Window, DestroyWindow> window_;
  std::unique_ptr<SDL_Renderer, DestroyRenderer> renderer_;
  std::unique_ptr<SDL_Texture, DestroyTexture> texture_;
  TextureShape shape_;
  double aspect_ratio_ = 0;
  decode::PictureConverter converter_;
  std::uint32_t wake_event_ = 0;
  bool redraw_ = false;
  std::optional<Error> text_failure_;
  std::optional<SteadyTime> pointer_until_;
  std::unique_ptr<OnScreenDisplay> display_;  ///< Goes before the renderer that it draws with.
};

}  // namespace rung::player
