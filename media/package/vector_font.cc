#include "media/package/vector_font.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <span>

namespace rung::package {

namespace {

/// A stroke in a glyph's own coordinates: x to the right, y down, the digits' height is 1. A line
/// from a to b, or, where `radius_x` is above zero, the part of an ellipse around a that goes
/// from the angle `from` clockwise (on the screen) to `to`, in turns from the direction of x.
struct Stroke {
  double ax, ay;
  double bx = 0, by = 0;
  double radius_x = 0, radius_y = 0;
  double from = 0, to = 0;
};

constexpr Stroke line(double ax, double ay, double bx, double by) { return {ax, ay, bx, by}; }
constexpr Stroke arc(double x, double y, double radius_x, double radius_y, double from, double to) {
  return {x, y, 0, 0, radius_x, radius_y, from, to};
}

struct Glyph {
  char letter;
  double width;  ///< Of the drawn part.
  std::vector<Stroke> strokes;
};

const std::vector<Glyph>& glyphs() {
  static const std::vector<Glyph> all{
      {'0',
       .56,
       {arc(.28, .28, .28, .28, .5, 1), line(.56, .28, .56, .72), arc(.28, .72, .28, .28, 0, .5),
        line(0, .72, 0, .28)}},
      {'1', .56, {line(.08, .2, .3, 0), line(.3, 0, .3, 1), line(.08, 1, .52, 1)}},
      {'2', .56, {arc(.28, .28, .28, .28, .5, 1.12), line(.485, .47, 0, 1), line(0, 1, .56, 1)}},
      {'3',
       .56,
       {arc(.27, .25, .25, .25, .55, 1.25), line(.2, .5, .27, .5),
        arc(.27, .75, .28, .25, .75, 1.45)}},
      {'4', .56, {line(.4, 0, 0, .7), line(0, .7, .56, .7), line(.4, 0, .4, 1)}},
      {'5',
       .56,
       {line(.5, 0, .08, 0), line(.08, 0, .05, .44), line(.05, .44, .2, .38),
        arc(.25, .69, .31, .31, .72, 1.42)}},
      {'6', .56, {line(.42, 0, .05, .55), arc(.28, .7, .28, .3, 0, 1)}},
      {'7', .56, {line(0, 0, .56, 0), line(.56, 0, .18, 1)}},
      {'8', .56, {arc(.28, .24, .24, .24, 0, 1), arc(.28, .74, .28, .26, 0, 1)}},
      {'9', .56, {line(.14, 1, .51, .45), arc(.28, .3, .28, .3, 0, 1)}},
      {':', .04, {line(.02, .3, .02, .301), line(.02, .78, .02, .781)}},
      {'.', .04, {line(.02, .99, .02, 1)}},
      {'p', .46, {line(0, .4, 0, 1.3), arc(.23, .7, .23, .3, 0, 1)}},
      {'k', .42, {line(0, -.04, 0, 1), line(.38, .4, 0, .76), line(.14, .64, .42, 1)}},
      {'r', .3, {line(0, .4, 0, 1), arc(.24, .66, .24, .26, .5, .82)}},
      {'u', .44, {line(0, .4, 0, .76), arc(.22, .76, .22, .24, 0, .5), line(.44, .4, .44, 1)}},
      {'n', .44, {line(0, .4, 0, 1), arc(.22, .64, .22, .24, .5, 1), line(.44, .64, .44, 1)}},
      {'g',
       .46,
       {arc(.23, .7, .23, .3, 0, 1), line(.46, .4, .46, 1.06), arc(.23, 1.06, .23, .24, 0, .42)}},
  };
  return all;
}

double distance_to_line(double x, double y, const Stroke& stroke) {
  const double dx = stroke.bx - stroke.ax;
  const double dy = stroke.by - stroke.ay;
  const double along =
      std::clamp(((x - stroke.ax) * dx + (y - stroke.ay) * dy) / (dx * dx + dy * dy), 0.0, 1.0);
  return std::hypot(x - stroke.ax - along * dx, y - stroke.ay - along * dy);
}

struct Point {
  double x, y;
};

/// The stroke as a chain of short lines: simple, and exact enough at any size we draw.
std::vector<Stroke> flatten(const std::vector<Stroke>& strokes) {
  constexpr int steps_a_turn = 64;
  std::vector<Stroke> lines;
  for (const Stroke& stroke : strokes) {
    if (stroke.radius_x <= 0) {
      lines.push_back(stroke);
      continue;
    }
    const auto point = [&](double turn) {
      const double angle = turn * 2 * std::numbers::pi;
      return Point{stroke.ax + stroke.radius_x * std::cos(angle),
                   stroke.ay + stroke.radius_y * std::sin(angle)};
    };
    const int steps =
        std::max(2, static_cast<int>(std::ceil((stroke.to - stroke.from) * steps_a_turn)));
    Point last = point(stroke.from);
    for (int i = 1; i <= steps; ++i) {
      const Point next = point(stroke.from + (stroke.to - stroke.from) * i / steps);
      lines.push_back(line(last.x, last.y, next.x, next.y));
      last = next;
    }
  }
  return lines;
}

const Glyph* glyph_of(char letter) {
  const auto found = std::ranges::find(glyphs(), letter, &Glyph::letter);
  return found == glyphs().end() ? nullptr : &*found;
}

constexpr double gap = .22;    ///< Between two letters.
constexpr double space = .3;   ///< What stands for a blank or an unknown letter.
constexpr double above = .1;   ///< Room above the digits.
constexpr double below = .36;  ///< Room below the base line.

void draw_glyph(TextMask& mask, const Glyph& glyph, double left, double top, double size,
                double weight) {
  const std::vector<Stroke> lines = flatten(glyph.strokes);
  const double reach = weight / 2 + 1 / size;
  const int first_x = std::max(0, static_cast<int>(left - reach * size) - 1);
  const int last_x =
      std::min(mask.width - 1, static_cast<int>(left + (glyph.width + reach) * size) + 1);
  for (int y = 0; y < mask.height; ++y) {
    for (int x = first_x; x <= last_x; ++x) {
      const double gx = (x + .5 - left) / size;
      const double gy = (y + .5 - top) / size;
      double nearest = 1e9;
      for (const Stroke& stroke : lines)
        nearest = std::min(nearest, distance_to_line(gx, gy, stroke));
      const double cover = std::clamp((weight / 2 - nearest) * size + .5, 0.0, 1.0);
      std::uint8_t& sample = mask.coverage[static_cast<std::size_t>(y * mask.width + x)];
      sample = std::max(sample, static_cast<std::uint8_t>(std::lround(cover * 255)));
    }
  }
}

/// One blur pass along lines of `length` samples that are `step` apart; `count` lines.
void blur_lines(std::vector<std::uint8_t>& samples, int count, int line_step, int length, int step,
                int radius) {
  std::vector<std::uint8_t> line_copy(static_cast<std::size_t>(length));
  for (int line_index = 0; line_index < count; ++line_index) {
    const auto at = [&](int i) -> std::uint8_t& {
      return samples[static_cast<std::size_t>(line_index * line_step + i * step)];
    };
    for (int i = 0; i < length; ++i) line_copy[static_cast<std::size_t>(i)] = at(i);
    const auto copied = [&](int i) {
      return i < 0 || i >= length ? 0 : int{line_copy[static_cast<std::size_t>(i)]};
    };
    int sum = 0;
    for (int i = -radius; i <= radius; ++i) sum += copied(i);
    for (int i = 0; i < length; ++i) {
      at(i) = static_cast<std::uint8_t>(sum / (2 * radius + 1));
      sum += copied(i + radius + 1) - copied(i - radius);
    }
  }
}

}  // namespace

TextMask render_text(std::string_view text, double size, double weight) {
  double width = 0;
  for (const char letter : text) {
    const Glyph* glyph = glyph_of(letter);
    width += (glyph != nullptr ? glyph->width : space) + gap;
  }
  const double rim = size / 4;
  TextMask mask;
  mask.width = static_cast<int>(std::ceil(width * size + 2 * rim));
  mask.height = static_cast<int>(std::ceil((1 + above + below) * size + 2 * rim));
  mask.coverage.resize(static_cast<std::size_t>(mask.width) *
                       static_cast<std::size_t>(mask.height));
  double left = rim + gap / 2 * size;
  for (const char letter : text) {
    const Glyph* glyph = glyph_of(letter);
    if (glyph != nullptr) draw_glyph(mask, *glyph, left, rim + above * size, size, weight);
    left += ((glyph != nullptr ? glyph->width : space) + gap) * size;
  }
  return mask;
}

TextMask soften(const TextMask& mask, int radius) {
  TextMask soft = mask;
  for (int pass = 0; pass < 2; ++pass) {
    blur_lines(soft.coverage, soft.height, soft.width, soft.width, 1, radius);
    blur_lines(soft.coverage, soft.width, 1, soft.height, soft.width, radius);
  }
  return soft;
}

void blend_mask(AVFrame& picture, const TextMask& mask, int left, int top, YuvColour colour,
                int strength) {
  const int first_x = std::max(0, -left);
  const int last_x = std::min(mask.width, picture.width - left);
  const int first_y = std::max(0, -top);
  const int last_y = std::min(mask.height, picture.height - top);
  const auto blend = [](std::uint8_t& sample, int target, int alpha) {
    sample =
        static_cast<std::uint8_t>(sample + ((target - sample) * alpha + (1 << 15)) / (1 << 16));
  };
  for (int y = first_y; y < last_y; ++y) {
    const std::uint8_t* cover = mask.coverage.data() + static_cast<std::ptrdiff_t>(y) * mask.width;
    std::uint8_t* luma =
        picture.data[0] + static_cast<std::ptrdiff_t>(top + y) * picture.linesize[0];
    const bool chroma_row = (top + y) % 2 == 0;
    const std::ptrdiff_t half_row = (top + y) / 2;
    std::uint8_t* u = picture.data[1] + half_row * picture.linesize[1];
    std::uint8_t* v = picture.data[2] + half_row * picture.linesize[2];
    for (int x = first_x; x < last_x; ++x) {
      const int alpha = cover[x] * strength;
      if (alpha == 0) continue;
      blend(luma[left + x], colour.y, alpha);
      if (!chroma_row || (left + x) % 2 != 0) continue;
      blend(u[(left + x) / 2], colour.u, alpha);
      blend(v[(left + x) / 2], colour.v, alpha);
    }
  }
}

}  // namespace rung::package
