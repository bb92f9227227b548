#include "player/subtitle_painter.h"

#include <SDL.h>
#include <ass/ass.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include "player/text_painter.h"

namespace rung::player {

namespace {

using media::CuePlacement;
using Edge = CuePlacement::Edge;
using Align = CuePlacement::Align;

/// Libass tells of fonts that it looks for, which is nothing for a terminal.
void say_nothing(int /*level*/, const char* /*format*/, va_list /*arguments*/, void* /*nothing*/) {}

/// Of a picture of this height.
double letter_size(int height) { return std::clamp(height / 17.0, 12.0, 120.0); }

/// A colour as libass wants it: blue, green, red.
std::string color_tag(std::uint32_t color) {
  return fmt::format("\\c&H{:02X}{:02X}{:02X}&", color & 0xFFU, color >> 8U & 0xFFU,
                     color >> 16U & 0xFFU);
}

std::string look_tags(const media::TextLook& look) {
  return fmt::format("{{\\b{}\\i{}\\u{}{}}}", look.bold ? 1 : 0, look.italic ? 1 : 0,
                     look.underlined ? 1 : 0, color_tag(look.color.value_or(0xFFFFFF)));
}

/// Braces begin commands, as backslashes do.
std::string as_words(std::string_view text) {
  std::string words;
  for (const char c : text) {
    if (c == '\n') {
      words += "\\N";
    } else if (c == '{' || c == '}') {
      words += '\\';
      words += c;
    } else {
      words += c;
      // Between it and what follows stands a joiner, which is not seen.
      if (c == '\\') words += "\xE2\x81\xA0";
    }
  }
  return words;
}

/// The number of the place in a key pad's order: 1 at the lower left, 9 at the upper right.
int anchor(const CuePlacement& placement) {
  const int row = placement.edge == Edge::top ? 6 : placement.edge == Edge::middle ? 3 : 0;
  return row + 1 + static_cast<int>(placement.align);
}

std::string line_of(const media::Cue& cue, int width, int height, const CoveredLines& covered) {
  const CuePlacement& placement = cue.placement;
  const int margin = std::max(4, height / 30);
  const auto across = [&](double share) { return static_cast<int>(share * width); };
  const int side = std::max(4, width / 40);
  int left = std::max(side, across(placement.left));
  int right = std::max(side, width - across(placement.left + placement.width));
  // A box that takes no word is as good as none.
  if (width - left - right < width / 8) left = right = side;
  const int lowest = height - std::max(margin, covered.bottom + margin / 2);
  int highest = margin;
  if (covered.top > 0) highest = std::min(std::max(margin, covered.top + margin / 2), lowest);
  // Where its foot or its middle is at a place, the text begins above it.
  if (covered.top > 0 && placement.edge != Edge::top) {
    const auto lines = 1 + std::ranges::count(media::plain_text(cue), '\n');
    const double rows = placement.edge == Edge::middle ? static_cast<double>(lines) / 2
                                                       : static_cast<double>(lines);
    highest = std::min(highest + static_cast<int>(rows * letter_size(height)), lowest);
  }
  const int y = std::clamp(static_cast<int>(placement.y * height), highest, lowest);
  std::string tags = fmt::format("{{\\an{}", anchor(placement));
  int vertical = height - lowest;
  if (placement.edge == Edge::top) vertical = y;
  if (placement.edge == Edge::bottom) vertical = height - y;
  if (placement.edge == Edge::middle) {
    const int x = placement.align == Align::left    ? left
                  : placement.align == Align::right ? width - right
                                                    : (left + width - right) / 2;
    fmt::format_to(std::back_inserter(tags), "\\pos({},{})", x, y);
    vertical = 0;
  }
  tags += "}";
  std::string text;
  for (const media::TextRun& run : cue.text) text += look_tags(run.look) + as_words(run.text);
  return fmt::format("Dialogue: 0,0:00:00.00,9:00:00.00,Default,,{},{},{},,{}{}\n", left, right,
                     vertical, tags, text);
}

/// `cues` with those in the middle of one place as one, line below line: what is put at a place
/// libass does not move out of each other's way.
std::vector<media::Cue> stacked(const std::vector<media::Cue>& cues) {
  std::vector<media::Cue> result;
  for (const media::Cue& cue : cues) {
    const auto above = cue.placement.edge != Edge::middle
                           ? result.end()
                           : std::ranges::find(result, cue.placement, &media::Cue::placement);
    if (above == result.end()) {
      result.push_back(cue);
      continue;
    }
    above->text.push_back({.text = "\n"});
    above->text.insert(above->text.end(), cue.text.begin(), cue.text.end());
  }
  return result;
}

/// The pictures of libass, one upon the other, in one of their common area.
class Canvas {
 public:
  explicit Canvas(const SDL_Rect& area)
      : area_(area), pixels_(static_cast<std::size_t>(area.w) * static_cast<std::size_t>(area.h)) {}

  void add(const ASS_Image& image) {
    const unsigned opacity = 255 - (image.color & 0xFFU);
    for (int y = 0; y < image.h; ++y)
      for (int x = 0; x < image.w; ++x) {
        const unsigned alpha =
            unsigned{image.bitmap[static_cast<std::ptrdiff_t>(y) * image.stride + x]} * opacity /
            255;
        if (alpha == 0) continue;
        const auto at = static_cast<std::size_t>(image.dst_y - area_.y + y) *
                            static_cast<std::size_t>(area_.w) +
                        static_cast<std::size_t>(image.dst_x - area_.x + x);
        blend(pixels_[at], image.color >> 8U, alpha);
      }
  }
  [[nodiscard]] const std::vector<std::uint32_t>& pixels() const { return pixels_; }

 private:
  static void blend(std::uint32_t& pixel, std::uint32_t color, unsigned alpha) {
    const unsigned below = (pixel >> 24U) * (255 - alpha) / 255;
    const unsigned sum = alpha + below;
    const auto channel = [&](unsigned shift) {
      return ((color >> shift & 0xFFU) * alpha + (pixel >> shift & 0xFFU) * below) / sum << shift;
    };
    pixel = sum << 24U | channel(16) | channel(8) | channel(0);
  }

  SDL_Rect area_;
  std::vector<std::uint32_t> pixels_;  ///< ARGB.
};

}  // namespace

void SubtitlePainter::DestroyLibrary::operator()(ass_library* library) const {
  ass_library_done(library);
}
void SubtitlePainter::DestroyRenderer::operator()(ass_renderer* renderer) const {
  ass_renderer_done(renderer);
}
void SubtitlePainter::DestroyTexture::operator()(SDL_Texture* texture) const {
  SDL_DestroyTexture(texture);
}

std::string script_of(const std::vector<media::Cue>& seen, int width, int height,
                      const CoveredLines& covered) {
  const double size = letter_size(height);
  std::string script = fmt::format(
      "[Script Info]\nScriptType: v4.00+\nPlayResX: {}\nPlayResY: {}\nWrapStyle: 0\n"
      "ScaledBorderAndShadow: yes\n"
      "[V4+ Styles]\n"
      "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, "
      "BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, "
      "BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding\n"
      "Style: Default,Rung,{:.1f},&H00FFFFFF,&H00FFFFFF,&H00000000,&H80000000,0,0,0,0,100,"
      "100,0,0,1,{:.1f},{:.1f},2,0,0,0,1\n"
      "[Events]\n"
      "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n",
      width, height, size, size / 14, size / 30);
  const std::vector<media::Cue> cues = stacked(seen);
  // Of those at one place libass puts the first one next to the edge.
  const auto grows_down = [](const media::Cue& cue) {
    return cue.placement.first_on_top &&
           (cue.placement.edge == Edge::automatic || cue.placement.edge == Edge::bottom);
  };
  for (const media::Cue& cue : cues)
    if (!grows_down(cue)) script += line_of(cue, width, height, covered);
  for (auto cue = cues.rbegin(); cue != cues.rend(); ++cue)
    if (grows_down(*cue)) script += line_of(*cue, width, height, covered);
  return script;
}

SubtitlePainter::SubtitlePainter(SDL_Renderer& renderer)
    : renderer_(renderer), library_(ass_library_init()) {
  if (!library_) return;
  ass_set_message_cb(library_.get(), say_nothing, nullptr);
  ass_.reset(ass_renderer_init(library_.get()));
  if (!ass_) return;
  const std::string font = TextPainter::font_file();
  // No system has a font of the style's name, so this one is taken, and others where it lacks a
  // character.
  ass_set_fonts(ass_.get(), font.empty() ? nullptr : font.c_str(), nullptr,
                ASS_FONTPROVIDER_AUTODETECT, nullptr, 1);
}

SubtitlePainter::~SubtitlePainter() = default;

void SubtitlePainter::draw(const std::vector<media::Cue>& cues, const PictureArea& picture,
                           const CoveredLines& covered) {
  if (!ass_ || picture.width <= 0 || picture.height <= 0) return;
  std::string script = script_of(cues, picture.width, picture.height, covered);
  if (script != drawn_) {
    render(script, picture);
    drawn_ = std::move(script);
  }
  if (!texture_) return;
  const SDL_Rect to{picture.x + area_.x, picture.y + area_.y, area_.width, area_.height};
  SDL_RenderCopy(&renderer_, texture_.get(), nullptr, &to);
}

void SubtitlePainter::render(const std::string& script, const PictureArea& picture) {
  texture_.reset();
  std::string text = script;
  ASS_Track* const track = ass_read_memory(library_.get(), text.data(), text.size(), nullptr);
  if (track == nullptr) return;
  ass_set_frame_size(ass_.get(), picture.width, picture.height);
  const ASS_Image* const first = ass_render_frame(ass_.get(), track, 0, nullptr);
  SDL_Rect area{0, 0, 0, 0};
  for (const ASS_Image* image = first; image != nullptr; image = image->next) {
    const SDL_Rect one{image->dst_x, image->dst_y, image->w, image->h};
    if (one.w > 0 && one.h > 0) SDL_UnionRect(&area, &one, &area);
  }
  if (area.w > 0 && area.h > 0) {
    Canvas canvas(area);
    for (const ASS_Image* image = first; image != nullptr; image = image->next) canvas.add(*image);
    texture_.reset(SDL_CreateTexture(&renderer_, SDL_PIXELFORMAT_ARGB8888, SDL_TEXTUREACCESS_STATIC,
                                     area.w, area.h));
    if (texture_) {
      SDL_SetTextureBlendMode(texture_.get(), SDL_BLENDMODE_BLEND);
      SDL_UpdateTexture(texture_.get(), nullptr, canvas.pixels().data(),
                        area.w * static_cast<int>(sizeof(std::uint32_t)));
      area_ = {area.x, area.y, area.w, area.h};
    }
  }
  ass_free_track(track);
}

}  // namespace rung::player
