#include "player/on_screen_display.h"

#include <SDL.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace rung::player {

namespace {

constexpr int spinner_steps = 12;
constexpr Duration spinner_step = std::chrono::milliseconds(80);
constexpr Color shade{0, 0, 0, 160};

/// Text that is readable from where one looks at a window of this height.
[[nodiscard]] int text_height(int height) { return std::clamp(height / 26, 13, 56); }

void fill(SDL_Renderer& renderer, const SDL_Rect& area, const Color& color) {
  SDL_SetRenderDrawBlendMode(&renderer, SDL_BLENDMODE_BLEND);
  SDL_SetRenderDrawColor(&renderer, color.red, color.green, color.blue, color.opacity);
  SDL_RenderFillRect(&renderer, &area);
}

}  // namespace

void OnScreenDisplay::tell(std::string text, SteadyTime now) {
  message_ = std::move(text);
  message_until_ = now + message_for;
}

void OnScreenDisplay::wait_because(std::string reason, SteadyTime now) {
  if (!waiting_since_) waiting_since_ = now;
  reason_ = std::move(reason);
}

void OnScreenDisplay::wait_no_more() { waiting_since_.reset(); }

OnScreenDisplay::Look OnScreenDisplay::look(SteadyTime now) const {
  Look look;
  if (now < message_until_) look.message = message_;
  if (waiting_since_ && now - *waiting_since_ >= spinner_after) {
    look.reason = reason_;
    look.spinner = static_cast<int>((now - *waiting_since_) / spinner_step % spinner_steps);
  }
  return look;
}

bool OnScreenDisplay::out_of_date(SteadyTime now) const { return look(now) != drawn_; }

void OnScreenDisplay::draw(SDL_Renderer& renderer, int width, int height, SteadyTime now) {
  drawn_ = look(now);
  draw_spinner(renderer, drawn_, width, height);
  draw_message(renderer, drawn_, width, height);
}

void OnScreenDisplay::draw_spinner(SDL_Renderer& renderer, const Look& look, int width,
                                   int height) {
  if (look.spinner < 0) return;
  const int radius = std::max(12, height / 18);
  const int dot = std::max(3, radius / 4);
  const TextPainter::Style style{.size = text_height(height)};
  const TextSize line =
      text_ && !look.reason.empty() ? text_->measure(look.reason, style) : TextSize{};
  const int gap = line.height > 0 ? dot * 2 : 0;
  const int box_width = std::max(2 * radius + 2 * dot, line.width) + 4 * dot;
  const int box_height = 2 * radius + dot + gap + line.height + 4 * dot;
  const SDL_Rect box{(width - box_width) / 2, (height - box_height) / 2, box_width, box_height};
  fill(renderer, box, shade);
  const int center_y = box.y + 2 * dot + radius + dot / 2;
  for (int i = 0; i < spinner_steps; ++i) {
    const double angle = 2 * std::numbers::pi * i / spinner_steps - std::numbers::pi / 2;
    const int age = (look.spinner - i + spinner_steps) % spinner_steps;
    const auto opacity = static_cast<std::uint8_t>(255 - age * 225 / spinner_steps);
    const SDL_Rect at{width / 2 + static_cast<int>(std::lround(radius * std::cos(angle))) - dot / 2,
                      center_y + static_cast<int>(std::lround(radius * std::sin(angle))) - dot / 2,
                      dot, dot};
    fill(renderer, at, Color{255, 255, 255, opacity});
  }
  if (line.height > 0)
    text_->draw(look.reason, style, (width - line.width) / 2,
                box.y + box.h - 2 * dot - line.height);
}

void OnScreenDisplay::draw_message(SDL_Renderer& renderer, const Look& look, int width,
                                   int height) {
  if (look.message.empty() || !text_) return;
  const TextPainter::Style style{.size = text_height(height) * 5 / 4};
  const TextSize line = text_->measure(look.message, style);
  const int margin = std::max(8, height / 40);
  const int pad = std::max(4, line.height / 4);
  const int x = std::min(margin, std::max(0, width - line.width - 2 * pad));
  fill(renderer, {x, margin, line.width + 2 * pad, line.height + 2 * pad}, shade);
  text_->draw(look.message, style, x + pad, margin + pad);
}

}  // namespace rung::player
