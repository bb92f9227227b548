#include "player/on_screen_display.h"

#include <SDL.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>

#include "player/clock_text.h"

namespace rung::player {

namespace {

constexpr int spinner_steps = 12;
constexpr Duration spinner_step = std::chrono::milliseconds(80);
constexpr Color shade{0, 0, 0, 160};
constexpr Color page_shade{0, 0, 0, 190};
constexpr int smallest_text = 9;

/// Text that is readable from where one looks at a window of this height.
[[nodiscard]] int text_height(int height) { return std::clamp(height / 26, 13, 56); }

/// No less than the seek bar takes of a window of this height.
[[nodiscard]] int bar_room(int height) {
  return std::clamp(height / 32, 11, 32) * 3 / 2 + 2 * std::max(6, height / 60);
}

/// What the time below the pointer takes above that.
[[nodiscard]] int label_room(int height) {
  return std::clamp(height / 32, 11, 32) * 3 / 2 + std::max(6, height / 60);
}

void fill(SDL_Renderer& renderer, const SDL_Rect& area, const Color& color) {
  SDL_SetRenderDrawBlendMode(&renderer, SDL_BLENDMODE_BLEND);
  SDL_SetRenderDrawColor(&renderer, color.red, color.green, color.blue, color.opacity);
  SDL_RenderFillRect(&renderer, &area);
}

}  // namespace

void OnScreenDisplay::tell(std::string text, SteadyTime now, Duration how_long) {
  message_ = std::move(text);
  message_until_ = now + how_long;
}

void OnScreenDisplay::wait_because(std::string reason, SteadyTime now) {
  if (!waiting_since_) waiting_since_ = now;
  reason_ = std::move(reason);
}

void OnScreenDisplay::wait_no_more() { waiting_since_.reset(); }

void OnScreenDisplay::pointed_at(int x, int y, SteadyTime now) {
  pointer_ = Point{x, y};
  show_bar(now);
}

void OnScreenDisplay::show_bar(SteadyTime now) { bar_until_ = now + bar_for; }

std::optional<double> OnScreenDisplay::share_at(int x, int y, SteadyTime now) const {
  const Area& bar = bar_area_;
  if (!bar_seen(now) || bar.width <= 1 || y < bar.y || y >= bar.y + bar.height) return std::nullopt;
  // A little beside the ends counts as the ends.
  const int beside = bar.height / 2;
  if (x < bar.x - beside || x >= bar.x + bar.width + beside) return std::nullopt;
  return std::clamp(static_cast<double>(x - bar.x) / (bar.width - 1), 0.0, 1.0);
}

OnScreenDisplay::Look OnScreenDisplay::look(SteadyTime now) const {
  Look look;
  if (now < message_until_) look.message = message_;
  if (waiting_since_ && now - *waiting_since_ >= spinner_after) {
    look.reason = reason_;
    look.spinner = static_cast<int>((now - *waiting_since_) / spinner_step % spinner_steps);
  }
  look.page = page_;
  look.card = card_;
  look.cues = cues_shown_;
  look.bar = bar_seen(now) && timeline_.end > MediaTime{};
  if (look.bar) {
    look.timeline = timeline_;
    look.timeline.position = std::chrono::floor<std::chrono::seconds>(timeline_.position);
    if (pointer_) look.hover = share_at(pointer_->x, pointer_->y, now);
    if (look.hover && thumbnails_)
      look.thumbnail = thumbnails_(
          MediaTime(from_seconds(to_seconds(timeline_.end.time_since_epoch()) * *look.hover)));
  }
  return look;
}

bool OnScreenDisplay::out_of_date(SteadyTime now) const { return look(now) != drawn_; }

void OnScreenDisplay::show_cues(std::vector<media::Cue> cues) {
  cues_ = std::move(cues);
  ++cues_shown_;
}

void OnScreenDisplay::draw(SDL_Renderer& renderer, int width, int height,
                           const PictureArea& picture, SteadyTime now) {
  drawn_ = look(now);
  if (!cues_.empty()) {
    if (!subtitles_) subtitles_ = std::make_unique<SubtitlePainter>(renderer);
    const int bar = drawn_.bar ? bar_room(height) + (drawn_.hover ? label_room(height) : 0) : 0;
    const PictureArea message = message_box(drawn_, width, height).area;
    subtitles_->draw(cues_, picture,
                     {.top = std::max(0, message.y + message.height - picture.y),
                      .bottom = std::max(0, picture.y + picture.height - (height - bar))});
  }
  if (drawn_.card) card_area_ = card_area(width, height);
  // A page ends above the card, and is smaller while it is there.
  if (drawn_.page) draw_page(renderer, *drawn_.page, width, drawn_.card ? card_area_.y : height);
  if (drawn_.bar) draw_bar(renderer, drawn_, width, height);
  if (drawn_.card) {
    if (!pictures_) pictures_ = std::make_unique<PicturePainter>(renderer);
    draw_card(renderer, text_.get(), *pictures_, *drawn_.card, width, height);
  }
  draw_spinner(renderer, drawn_, width, height);
  draw_message(renderer, drawn_, width, height);
}

TextPainter::Style OnScreenDisplay::fitting(const std::string& text, int size, int width) {
  TextPainter::Style style{.size = size};
  if (!text_) return style;
  const int line = text_->measure(text, style).width;
  const int room = std::max(1, width * 9 / 10);
  if (line > room) style.size = std::max(smallest_text, size * room / line);
  return style;
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

void OnScreenDisplay::draw_page(SDL_Renderer& renderer, const Page& page, int width, int height) {
  if (!text_) return;
  const int margin = std::max(8, height / 40);
  // A figure takes two rows.
  const int rows = static_cast<int>(page.rows.size()) + 2 + (page.bar.empty() ? 0 : 1) +
                   (page.sparkline.empty() ? 0 : 2);
  TextPainter::Style style{.size = std::clamp((height - 2 * margin) / (rows + 1) * 4 / 5, 8, 26),
                           .face = TextPainter::Face::monospace};
  TextSize label;
  TextSize value;
  int step = 0;
  // Smaller until it fits into the width, but never too small to read.
  for (;; --style.size) {
    label = value = {};
    for (const Page::Row& row : page.rows) {
      label.width = std::max(label.width, text_->measure(row.label, style).width);
      value.width = std::max(value.width, text_->measure(row.value, style).width);
    }
    value.width = std::max(value.width, style.size * 20);
    const int heading = text_->measure(page.heading, style).width;
    step = style.size * 5 / 4;
    if (style.size <= smallest_text ||
        std::max(heading, label.width + style.size + value.width) + 2 * step + 2 * margin <= width)
      break;
  }
  const int left = margin + step;
  const int column = left + label.width + style.size;
  const int heading = text_->measure(page.heading, style).width;
  const int right = std::min(width - margin, std::max(column + value.width, left + heading) + step);
  fill(renderer, {margin, margin, right - margin, rows * step + step}, page_shade);
  const SDL_Rect inside{margin, margin, right - margin - step / 2, rows * step + step};
  SDL_RenderSetClipRect(&renderer, &inside);
  int y = margin + step / 2;
  TextPainter::Style faint = style;
  faint.color = {170, 190, 255, 255};
  text_->draw(page.heading, faint, left, y);
  y += step * 3 / 2;
  for (std::size_t i = 0; i <= page.rows.size(); ++i) {
    if (i > 0 && i == page.bar_row && !page.bar.empty()) {
      const SDL_Rect frame{column, y + step / 6, value.width, step * 2 / 3};
      fill(renderer, frame, Color{255, 255, 255, 40});
      for (const Page::Piece& piece : page.bar) {
        const int from = static_cast<int>(piece.from * frame.w);
        const int to = static_cast<int>(piece.to * frame.w);
        // A gap between the segments, where there is room for one.
        fill(renderer,
             {frame.x + from, frame.y, std::max(1, to - from - (to - from > 4 ? 1 : 0)), frame.h},
             piece.color);
      }
      y += step;
    }
    if (i > 0 && i == page.sparkline_row && !page.sparkline.empty()) {
      const auto count = static_cast<int>(page.sparkline.size());
      const int each = std::max(1, std::min(style.size / 2, value.width / count));
      for (int sample = 0; sample < count; ++sample) {
        const double share = std::clamp(page.sparkline[static_cast<std::size_t>(sample)], 0.0, 1.0);
        const int tall = std::max(1, static_cast<int>(share * (2 * step - step / 3)));
        fill(renderer,
             {column + sample * each, y + 2 * step - step / 6 - tall, std::max(1, each - 1), tall},
             Color{120, 200, 255, 255});
      }
      y += 2 * step;
    }
    if (i == page.rows.size()) break;
    text_->draw(page.rows[i].label, faint, left, y);
    text_->draw(page.rows[i].value, style, column, y);
    y += step;
  }
  SDL_RenderSetClipRect(&renderer, nullptr);
}

OnScreenDisplay::MessageBox OnScreenDisplay::message_box(const Look& look, int width, int height) {
  if (look.message.empty() || !text_) return {};
  const TextPainter::Style style = fitting(look.message, text_height(height) * 5 / 4, width);
  const TextSize line = text_->measure(look.message, style);
  const int margin = std::max(8, height / 40);
  const int pad = std::max(4, line.height / 4);
  const int last = std::max(0, width - line.width - 2 * pad);
  // Beside a page, which begins on the left.
  const int x = look.page ? std::max(0, last - margin) : std::min(margin, last);
  return {
      .area = {x, margin, line.width + 2 * pad, line.height + 2 * pad}, .style = style, .pad = pad};
}

void OnScreenDisplay::draw_message(SDL_Renderer& renderer, const Look& look, int width,
                                   int height) {
  const MessageBox box = message_box(look, width, height);
  if (box.area.width == 0) return;
  fill(renderer, {box.area.x, box.area.y, box.area.width, box.area.height}, shade);
  text_->draw(look.message, box.style, box.area.x + box.pad, box.area.y + box.pad);
}

void OnScreenDisplay::draw_bar(SDL_Renderer& renderer, const Look& look, int width, int height) {
  const TextPainter::Style style{.size = std::clamp(height / 32, 11, 32)};
  const int pad = std::max(6, height / 60);
  const std::string here = clock_text(look.timeline.position.time_since_epoch());
  const std::string end = clock_text(look.timeline.end.time_since_epoch());
  const TextSize left = text_ ? text_->measure(here, style) : TextSize{};
  const TextSize right = text_ ? text_->measure(end, style) : TextSize{};
  const int thick = std::max(6, height / 60);
  const int strip = std::max(left.height, thick) + 2 * pad;
  fill(renderer, {0, height - strip, width, strip}, shade);
  const int from = left.width + 2 * pad;
  const SDL_Rect bar{from, height - strip / 2 - thick / 2,
                     std::max(2, width - from - right.width - 2 * pad), thick};
  bar_area_ = {bar.x, height - strip, bar.w, strip};
  const auto place = [&](double share) {
    return bar.x + static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * (bar.w - 1)));
  };
  fill(renderer, bar, Color{255, 255, 255, 70});
  for (const Page::Piece& piece : look.timeline.buffered) {
    Color color = piece.color;
    color.opacity = 200;
    const int x = place(piece.from);
    fill(renderer, {x, bar.y + bar.h / 4, std::max(1, place(piece.to) - x), bar.h - bar.h / 2},
         color);
  }
  const double share = to_seconds(timeline_.position.time_since_epoch()) /
                       std::max(1e-9, to_seconds(look.timeline.end.time_since_epoch()));
  const int now = place(share);
  fill(renderer, {bar.x, bar.y, now - bar.x, bar.h}, Color{255, 255, 255, 255});
  fill(renderer, {now - thick / 2, bar.y - thick / 2, thick, 2 * thick}, Color{255, 255, 255, 255});
  if (text_) {
    text_->draw(here, style, pad, height - strip / 2 - left.height / 2);
    text_->draw(end, style, width - pad - right.width, height - strip / 2 - right.height / 2);
  }
  if (!look.hover) return;
  const int x = place(*look.hover);
  fill(renderer, {x - 1, bar.y - thick, 2, 3 * thick}, Color{255, 220, 80, 255});
  if (!text_) return draw_thumbnail(renderer, look, x, height - strip - pad, width, height);
  const std::string there =
      clock_text(from_seconds(to_seconds(look.timeline.end.time_since_epoch()) * *look.hover));
  const TextSize label = text_->measure(there, style);
  const int box =
      std::clamp(x - label.width / 2 - pad, 0, std::max(0, width - label.width - 2 * pad));
  const SDL_Rect around{box, height - strip - label.height - pad, label.width + 2 * pad,
                        label.height + pad};
  fill(renderer, around, shade);
  text_->draw(there, style, box + pad, around.y + pad / 2);
  draw_thumbnail(renderer, look, x, around.y - pad / 2, width, height);
}

void OnScreenDisplay::draw_thumbnail(SDL_Renderer& renderer, const Look& look, int x, int bottom,
                                     int width, int height) {
  if (!look.thumbnail) return;
  const decode::StillPicture& picture = *look.thumbnail;
  const int tall = std::clamp(height / 5, 1, std::max(1, bottom));
  const int wide = std::max(1, tall * picture.width / picture.height);
  const int rim = std::max(1, height / 300);
  const int left = std::clamp(x - wide / 2, rim, std::max(rim, width - wide - rim));
  fill(renderer, {left - rim, bottom - tall - 2 * rim, wide + 2 * rim, tall + 2 * rim},
       Color{255, 255, 255, 200});
  if (!pictures_) pictures_ = std::make_unique<PicturePainter>(renderer);
  pictures_->draw(look.thumbnail, {left, bottom - tall - rim, wide, tall});
}

}  // namespace rung::player
