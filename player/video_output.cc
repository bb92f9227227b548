#include "player/video_output.h"

#include <SDL.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

namespace rung::player {

namespace {

constexpr WindowSize default_size{1280, 720};
constexpr Duration pointer_for = std::chrono::seconds(2);

/// SDL knows full range only with the matrix of JPEG, which is BT.601.
[[nodiscard]] bool sdl_knows_colors(const decode::Picture& picture) {
  return picture.color_range() == decode::ColorRange::limited ||
         picture.color_matrix() == decode::ColorMatrix::bt601;
}

[[nodiscard]] SDL_YUV_CONVERSION_MODE conversion_mode(const decode::Picture& picture) {
  if (picture.color_range() == decode::ColorRange::full) return SDL_YUV_CONVERSION_JPEG;
  return picture.color_matrix() == decode::ColorMatrix::bt709 ? SDL_YUV_CONVERSION_BT709
                                                              : SDL_YUV_CONVERSION_BT601;
}

/// The largest area of the shape `aspect_ratio` in the middle of `width` x `height`.
[[nodiscard]] SDL_Rect fitted(double aspect_ratio, int width, int height) {
  SDL_Rect area{0, 0, width, height};
  if (aspect_ratio * height > width)
    area.h = std::max(1, static_cast<int>(std::lround(width / aspect_ratio)));
  else
    area.w = std::max(1, static_cast<int>(std::lround(height * aspect_ratio)));
  area.x = (width - area.w) / 2;
  area.y = (height - area.h) / 2;
  return area;
}

/// The size to open the window with: that of the screen to fill, else one that fits on it. Without
/// a window manager nobody would put a larger one right.
[[nodiscard]] WindowSize size_on_screen(WindowSize wanted, bool full_screen) {
  if (wanted.width <= 0 || wanted.height <= 0) wanted = default_size;
  SDL_Rect screen{};
  if (SDL_GetDisplayUsableBounds(0, &screen) != 0 || screen.w <= 0 || screen.h <= 0) return wanted;
  if (full_screen) return {screen.w, screen.h};
  if (wanted.width <= screen.w && wanted.height <= screen.h) return wanted;
  const SDL_Rect area =
      fitted(static_cast<double>(wanted.width) / wanted.height, screen.w, screen.h);
  return {area.w, area.h};
}

/// Whether OpenGL is there but emulated, as on machines without a graphics processor. SDL's own
/// software renderer then takes a fifth of the time.
[[nodiscard]] bool draws_on_the_processor(SDL_Renderer* renderer) {
  SDL_RendererInfo about{};
  if (SDL_GetRendererInfo(renderer, &about) != 0) return false;
  if (!std::string_view(about.name).starts_with("opengl")) return false;
  using GetString = const unsigned char* (*)(unsigned);
  constexpr unsigned gl_renderer = 0x1F01;
  const auto get_string = reinterpret_cast<GetString>(SDL_GL_GetProcAddress("glGetString"));
  if (get_string == nullptr || get_string(gl_renderer) == nullptr) return false;
  const std::string_view name(reinterpret_cast<const char*>(get_string(gl_renderer)));
  return name.find("llvmpipe") != std::string_view::npos ||
         name.find("softpipe") != std::string_view::npos ||
         name.find("Software Rasterizer") != std::string_view::npos;
}

[[nodiscard]] bool is_set(const char* variable) {
  const char* value = SDL_getenv(variable);
  return value != nullptr && *value != '\0';
}

/// Where there is no display SDL goes on to drivers that draw into memory, which nobody sees.
[[nodiscard]] bool draws_for_nobody() {
  if (is_set("SDL_VIDEODRIVER")) return false;
  const char* driver = SDL_GetCurrentVideoDriver();
  const std::string_view name = driver == nullptr ? "" : driver;
  return name == "offscreen" || name == "dummy" || name == "evdev";
}

}  // namespace

void VideoOutput::DestroyWindow::operator()(SDL_Window* window) const { SDL_DestroyWindow(window); }
void VideoOutput::DestroyRenderer::operator()(SDL_Renderer* renderer) const {
  SDL_DestroyRenderer(renderer);
}
void VideoOutput::DestroyTexture::operator()(SDL_Texture* texture) const {
  SDL_DestroyTexture(texture);
}

Expected<std::unique_ptr<VideoOutput>> VideoOutput::open(const std::string& title, WindowSize size,
                                                         bool full_screen) {
  std::unique_ptr<VideoOutput> output(new VideoOutput);
  if (auto opened = output->open_window(title, size, full_screen); !opened)
    return tl::unexpected<Error>(std::move(opened.error()));
  return output;
}

Expected<void> VideoOutput::open_window(const std::string& title, WindowSize size,
                                        bool full_screen) {
  // Ctrl-C belongs to the program, and a viewer's screen saver waits while a film runs.
  SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
  SDL_SetHint(SDL_HINT_RENDER_SCALE_QUALITY, "linear");
  // Without a display server only a console remains; trying the servers would print their errors.
  if (!is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY"))
    SDL_SetHintWithPriority(SDL_HINT_VIDEODRIVER, "KMSDRM", SDL_HINT_DEFAULT);
  if (SDL_InitSubSystem(SDL_INIT_VIDEO) != 0)
    return failure(ErrorCode::unsupported,
                   std::string("no display (") + SDL_GetError() + "); --headless needs none");
  initialised_ = true;
  if (draws_for_nobody())
    return failure(ErrorCode::unsupported, "no display; --headless needs none");
  SDL_DisableScreenSaver();
  wake_event_ = SDL_RegisterEvents(1);

  size = size_on_screen(size, full_screen);
  const Uint32 flags = SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI |
                       (full_screen ? Uint32{SDL_WINDOW_FULLSCREEN_DESKTOP} : Uint32{0});
  window_.reset(SDL_CreateWindow(title.c_str(), static_cast<int>(SDL_WINDOWPOS_CENTERED),
                                 static_cast<int>(SDL_WINDOWPOS_CENTERED), size.width, size.height,
                                 flags));
  if (!window_) return failure(ErrorCode::unsupported, std::string("no window: ") + SDL_GetError());
  renderer_.reset(
      SDL_CreateRenderer(window_.get(), -1, SDL_RENDERER_ACCELERATED | SDL_RENDERER_PRESENTVSYNC));
  if (renderer_ && draws_on_the_processor(renderer_.get())) renderer_.reset();
  if (!renderer_) {
    SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
    renderer_.reset(SDL_CreateRenderer(window_.get(), -1, SDL_RENDERER_SOFTWARE));
  }
  if (!renderer_)
    return failure(ErrorCode::unsupported, std::string("no renderer: ") + SDL_GetError());
  auto text = TextPainter::create(*renderer_);
  if (!text) text_failure_ = text.error();
  display_ = std::make_unique<OnScreenDisplay>(text ? *std::move(text) : nullptr);
  draw();
  return {};
}

VideoOutput::~VideoOutput() {
  display_.reset();
  texture_.reset();
  renderer_.reset();
  window_.reset();
  if (initialised_) SDL_QuitSubSystem(SDL_INIT_VIDEO);
}

bool VideoOutput::show(const decode::Picture& picture) {
  if (picture.layout() == decode::PixelLayout::other || !sdl_knows_colors(picture)) {
    const decode::Picture converted = converter_.convert(picture);
    if (!converted.holds_frame() || !upload(converted)) return false;
  } else if (!upload(picture)) {
    return false;
  }
  aspect_ratio_ = picture.aspect_ratio();
  draw();
  return true;
}

bool VideoOutput::upload(const decode::Picture& picture) {
  const bool planar = picture.layout() == decode::PixelLayout::yuv420p;
  const std::uint32_t format =
      planar ? std::uint32_t{SDL_PIXELFORMAT_IYUV} : std::uint32_t{SDL_PIXELFORMAT_NV12};
  const TextureShape shape{format, picture.width(), picture.height(), conversion_mode(picture)};
  SDL_SetYUVConversionMode(conversion_mode(picture));
  if (shape != shape_ || !texture_) {
    texture_.reset(SDL_CreateTexture(renderer_.get(), shape.format, SDL_TEXTUREACCESS_STREAMING,
                                     shape.width, shape.height));
    shape_ = shape;
  }
  if (!texture_) return false;
  if (planar)
    return SDL_UpdateYUVTexture(texture_.get(), nullptr, picture.plane(0), picture.stride(0),
                                picture.plane(1), picture.stride(1), picture.plane(2),
                                picture.stride(2)) == 0;
  return SDL_UpdateNVTexture(texture_.get(), nullptr, picture.plane(0), picture.stride(0),
                             picture.plane(1), picture.stride(1)) == 0;
}

void VideoOutput::draw() {
  redraw_ = false;
  SDL_SetRenderDrawColor(renderer_.get(), 0, 0, 0, SDL_ALPHA_OPAQUE);
  SDL_RenderClear(renderer_.get());
  int width = 0;
  int height = 0;
  if (SDL_GetRendererOutputSize(renderer_.get(), &width, &height) == 0) {
    SDL_Rect area{0, 0, width, height};
    if (texture_) {
      area = fitted(aspect_ratio_, width, height);
      SDL_RenderCopy(renderer_.get(), texture_.get(), nullptr, &area);
    }
    display_->draw(*renderer_, width, height, {area.x, area.y, area.w, area.h}, SteadyClock::now());
  }
  SDL_RenderPresent(renderer_.get());
}

void VideoOutput::draw_page(const PagePainter& page) {
  int width = 0;
  int height = 0;
  if (SDL_GetRendererOutputSize(renderer_.get(), &width, &height) == 0)
    page(*renderer_, display_->text(), width, height);
  SDL_RenderPresent(renderer_.get());
  texture_.reset();  // What is drawn next begins with its own picture.
}

int VideoOutput::in_pixels(int points) const {
  int window = 0;
  int pixels = 0;
  SDL_GetWindowSize(window_.get(), &window, nullptr);
  SDL_GetRendererOutputSize(renderer_.get(), &pixels, nullptr);
  return window > 0 ? points * pixels / window : points;
}

void VideoOutput::set_title(const std::string& title) {
  SDL_SetWindowTitle(window_.get(), title.c_str());
}

void VideoOutput::begin_title(const std::string& title) {
  set_title(title);
  display_->show(std::nullopt);
  display_->show_card(std::nullopt);
  display_->show_cues({});
  display_->wait_no_more();
  SDL_DisableScreenSaver();
}

bool VideoOutput::fills_screen() const {
  return (SDL_GetWindowFlags(window_.get()) & SDL_WINDOW_FULLSCREEN_DESKTOP) != 0;
}

void VideoOutput::toggle_full_screen() {
  SDL_SetWindowFullscreen(window_.get(),
                          fills_screen() ? 0 : Uint32{SDL_WINDOW_FULLSCREEN_DESKTOP});
  redraw_ = true;
}

void VideoOutput::show_pointer_until(SteadyTime until) {
  if (!pointer_until_) SDL_ShowCursor(SDL_ENABLE);
  pointer_until_ = until;
}

void VideoOutput::hide_idle_pointer(SteadyTime now) {
  if (!pointer_until_ || now < *pointer_until_) return;
  SDL_ShowCursor(SDL_DISABLE);
  pointer_until_.reset();
}

std::optional<ViewerInput> VideoOutput::point(const SDL_Event& event, SteadyTime now) {
  const bool motion = event.type == SDL_MOUSEMOTION;
  if (!motion && event.type != SDL_MOUSEBUTTONDOWN) return std::nullopt;
  const auto scaled = [this](int at) { return in_pixels(at); };
  if (motion) {
    show_pointer_until(now + pointer_for);
    display_->pointed_at(scaled(event.motion.x), scaled(event.motion.y), now);
    return std::nullopt;
  }
  if (event.button.button != SDL_BUTTON_LEFT) return std::nullopt;
  if (display_->on_card(scaled(event.button.x), scaled(event.button.y)))
    return ViewerInput{ViewerAction::take_next};
  const auto share = display_->share_at(scaled(event.button.x), scaled(event.button.y), now);
  if (!share) return std::nullopt;
  display_->pointed_at(scaled(event.button.x), scaled(event.button.y), now);
  return ViewerInput{ViewerAction::seek_to, *share};
}

std::vector<ViewerInput> VideoOutput::wait_for_input(Duration longest) {
  std::vector<ViewerInput> inputs;
  const auto timeout = static_cast<int>(
      std::chrono::ceil<std::chrono::milliseconds>(std::max(longest, Duration{})).count());
  SDL_Event event;
  int there = SDL_WaitEventTimeout(&event, timeout);
  while (there != 0) {
    auto input = point(event, SteadyClock::now());
    if (!input) input = viewer_input(event);
    if (input) {
      if (input->action == ViewerAction::leave && display_->card_seen())
        input->action = ViewerAction::refuse_next;
      if (input->action == ViewerAction::leave && !fills_screen())
        input->action = ViewerAction::quit;
      if (input->action == ViewerAction::full_screen || input->action == ViewerAction::leave)
        toggle_full_screen();
      else
        inputs.push_back(*input);
    }
    if (event.type == SDL_WINDOWEVENT && (event.window.event == SDL_WINDOWEVENT_EXPOSED ||
                                          event.window.event == SDL_WINDOWEVENT_SIZE_CHANGED))
      redraw_ = true;
    there = SDL_PollEvent(&event);
  }
  const SteadyTime now = SteadyClock::now();
  hide_idle_pointer(now);
  if (redraw_ || display_->out_of_date(now)) draw();
  return inputs;
}

Expected<void> VideoOutput::copy(const std::string& text) {
  if (SDL_SetClipboardText(text.c_str()) != 0)
    return failure(ErrorCode::unsupported, std::string("no clipboard: ") + SDL_GetError());
  return {};
}

void VideoOutput::wake() const {
  SDL_Event event{};
  event.type = wake_event_;
  SDL_PushEvent(&event);
}

}  // namespace rung::player
