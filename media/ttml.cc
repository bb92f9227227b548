#include "media/ttml.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/limits.h"
#include "media/iso8601.h"
#include "media/xml_reader.h"

namespace rung::media {
namespace {

using Align = CuePlacement::Align;
using Edge = CuePlacement::Edge;

constexpr MediaTime endless{furthest_time};
/// Stretches of text that are looked at to cut paragraphs at the times of their spans, over the
/// whole document.
constexpr std::size_t most_looks = 20'000'000;
/// That one element may name.
constexpr std::size_t most_styles = 64;

/// An attribute by its name without prefix, which documents choose; empty where it is missing.
std::string_view attribute(pugi::xml_node node, std::string_view name) {
  for (const pugi::xml_attribute candidate : node.attributes()) {
    const std::string_view full = candidate.name();
    const auto colon = full.find(':');
    if (full.substr(colon == std::string_view::npos ? 0 : colon + 1) == name &&
        !full.starts_with("xmlns"))
      return trimmed(candidate.value());
  }
  return {};
}

/// The words of a list, at most `most`.
std::vector<std::string_view> words(std::string_view text, std::size_t most) {
  std::vector<std::string_view> result;
  while (result.size() < most && !(text = trimmed(text)).empty()) {
    result.push_back(text.substr(0, text.find_first_of(" \t\r\n")));
    text.remove_prefix(result.back().size());
  }
  return result;
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= -1e6 && value <= 1e6))
    return std::nullopt;
  return value;
}

/// "#rrggbb", "#rrggbbaa", "rgb(1,2,3)" or a name of TTML's.
std::optional<std::uint32_t> parse_color(std::string_view text) {
  constexpr auto known = std::to_array<std::pair<std::string_view, std::uint32_t>>({
      {"white", 0xFFFFFF},
      {"black", 0x000000},
      {"silver", 0xC0C0C0},
      {"gray", 0x808080},
      {"red", 0xFF0000},
      {"lime", 0x00FF00},
      {"green", 0x008000},
      {"blue", 0x0000FF},
      {"yellow", 0xFFFF00},
      {"magenta", 0xFF00FF},
      {"fuchsia", 0xFF00FF},
      {"cyan", 0x00FFFF},
      {"aqua", 0x00FFFF},
      {"maroon", 0x800000},
      {"purple", 0x800080},
      {"olive", 0x808000},
      {"navy", 0x000080},
      {"teal", 0x008080},
  });
  for (const auto& [name, value] : known)
    if (name == text) return value;
  const bool hexadecimal = text.starts_with('#') && (text.size() == 7 || text.size() == 9);
  std::uint32_t color = 0;
  if (hexadecimal) {
    const char* const end = text.data() + 7;
    const auto read = std::from_chars(text.data() + 1, end, color, 16);
    if (read.ec == std::errc() && read.ptr == end) return color;
    return std::nullopt;
  }
  const auto open = text.find('(');
  if (!text.starts_with("rgb") || open == std::string_view::npos) return std::nullopt;
  text.remove_prefix(open + 1);
  for (int part = 0; part < 3; ++part) {
    const std::string_view digits = trimmed(text.substr(0, text.find_first_of(",)")));
    const auto value = number(digits);
    if (!value || *value < 0 || *value > 255) return std::nullopt;
    color = color << 8U | static_cast<std::uint32_t>(*value);
    text.remove_prefix(std::min(text.find_first_of(",)"), text.size() - 1) + 1);
  }
  return color;
}

/// Two lengths; empty where they are not two.
std::vector<std::string_view> pair(std::string_view text) {
  auto both = words(text, 3);
  if (both.size() != 2) both.clear();
  return both;
}

/// What an element says of looks and places; what it does not say is inherited.
struct Style {
  std::optional<bool> bold;
  std::optional<bool> italic;
  std::optional<bool> underlined;
  std::optional<std::uint32_t> color;
  std::optional<Align> align;
  std::optional<Edge> edge;
  std::string_view origin;
  std::string_view extent;
  std::optional<bool> visible;
  std::optional<bool> displayed;  ///< Not inherited, but what is not has nothing within it.

  /// This with what it does not say itself from `other`.
  void fill(const Style& other) {
    if (!bold) bold = other.bold;
    if (!italic) italic = other.italic;
    if (!underlined) underlined = other.underlined;
    if (!color) color = other.color;
    if (!align) align = other.align;
    if (!edge) edge = other.edge;
    if (origin.empty()) origin = other.origin;
    if (extent.empty()) extent = other.extent;
    if (!visible) visible = other.visible;
    if (!displayed) displayed = other.displayed;
  }
};

Style own_style(pugi::xml_node node) {
  Style style;
  if (const auto value = attribute(node, "fontWeight"); !value.empty())
    style.bold = value == "bold";
  if (const auto value = attribute(node, "fontStyle"); !value.empty())
    style.italic = value == "italic" || value == "oblique";
  if (const auto value = attribute(node, "textDecoration"); !value.empty())
    style.underlined = value.find("underline") != std::string_view::npos &&
                       value.find("noUnderline") == std::string_view::npos;
  if (const auto value = attribute(node, "color"); !value.empty()) style.color = parse_color(value);
  const auto align = attribute(node, "textAlign");
  if (align == "left" || align == "start") style.align = Align::left;
  if (align == "center") style.align = Align::center;
  if (align == "right" || align == "end") style.align = Align::right;
  const auto edge = attribute(node, "displayAlign");
  if (edge == "before") style.edge = Edge::top;
  if (edge == "center") style.edge = Edge::middle;
  if (edge == "after") style.edge = Edge::bottom;
  style.origin = attribute(node, "origin");
  style.extent = attribute(node, "extent");
  if (const auto value = attribute(node, "visibility"); !value.empty())
    style.visible = value != "hidden";
  if (const auto value = attribute(node, "display"); !value.empty())
    style.displayed = value != "none";
  return style;
}

/// Walks through a document, from the outside in.
class TtmlReader {
 public:
  explicit TtmlReader(XmlReader& xml) : xml_(xml) {}

  Expected<std::vector<Cue>> read() {
    read_parameters();
    const pugi::xml_node head = xml_.child(xml_.root(), "head");
    const pugi::xml_node styling = xml_.child(head, "styling");
    xml_.each(styling, "style", [&](pugi::xml_node style) {
      styles_.try_emplace(std::string(attribute(style, "id")), NamedStyle{.node = style});
    });
    xml_.each(xml_.child(head, "layout"), "region", [&](pugi::xml_node region) {
      Style style = style_of(region);
      xml_.each(region, "style", [&](pugi::xml_node more) { style.fill(style_of(more)); });
      const CuePlacement placement = place(style);
      regions_.try_emplace(std::string(attribute(region, "id")),
                           Region{.style = style, .placement = placement});
    });
    visit(xml_.child(xml_.root(), "body"), Around{});
    if (xml_.error()) return tl::unexpected(*xml_.error());
    if (cues_.empty() && pictures_)
      return failure(ErrorCode::unsupported, "the subtitles are pictures");
    return std::move(cues_);
  }

 private:
  struct NamedStyle {
    pugi::xml_node node;
    enum class State { raw, under_way, resolved } state = State::raw;
    Style resolved = {};
  };
  struct Region {
    Style style;
    CuePlacement placement;
  };
  /// What an element inherits.
  struct Around {
    MediaTime start{};
    MediaTime end = endless;
    Style style;
    const Region* region = nullptr;
    bool gone = false;  ///< Not displayed, or at times that cannot be read.
  };
  /// Text of a paragraph between two tags, or a line break, and when it is seen.
  struct Stretch {
    MediaTime start;
    MediaTime end;
    std::string_view text;
    TextLook look;
    bool line_break = false;
  };

  void read_parameters() {
    const pugi::xml_node tt = xml_.root();
    double rate = number(attribute(tt, "frameRate")).value_or(0);
    const bool stated = rate > 0;
    if (!stated) rate = 30;
    const auto multiplier = pair(attribute(tt, "frameRateMultiplier"));
    if (multiplier.size() == 2) {
      const double above = number(multiplier[0]).value_or(0);
      const double below = number(multiplier[1]).value_or(0);
      if (above > 0 && below > 0) rate *= above / below;
    }
    frame_ = 1 / std::clamp(rate, 1e-3, 1e6);
    // It may be far above what number() takes for a length.
    double ticks = 0;
    const std::string_view digits = attribute(tt, "tickRate");
    std::from_chars(digits.data(), digits.data() + digits.size(), ticks);
    tick_ = 1 / (ticks >= 1 && ticks <= 1e12 ? ticks : stated ? rate : 1);
    const auto root = pair(attribute(tt, "extent"));
    if (root.size() == 2) {
      root_width_ = pixels(root[0]);
      root_height_ = pixels(root[1]);
    }
    const auto cells = pair(attribute(tt, "cellResolution"));
    if (cells.size() == 2) {
      columns_ = std::max(1.0, number(cells[0]).value_or(columns_));
      rows_ = std::max(1.0, number(cells[1]).value_or(rows_));
    }
  }

  static double pixels(std::string_view length) {
    if (!length.ends_with("px")) return 0;
    return std::max(0.0, number(length.substr(0, length.size() - 2)).value_or(0));
  }

  /// Section 10.3.1: a clock's time or a count of units.
  [[nodiscard]] std::optional<Duration> parse_time(std::string_view text) const {
    if (const auto first = text.find(':'); first != std::string_view::npos) {
      const auto second = text.find(':', first + 1);
      if (second == std::string_view::npos) return std::nullopt;
      const auto hours = number(text.substr(0, first));
      const auto minutes = number(text.substr(first + 1, second - first - 1));
      std::string_view seconds = text.substr(second + 1);
      Duration frames{};
      if (const auto third = seconds.find(':'); third != std::string_view::npos) {
        // Without the parts of a frame.
        const std::string_view count = seconds.substr(third + 1);
        frames = from_seconds(number(count.substr(0, count.find('.'))).value_or(0) * frame_);
        seconds = seconds.substr(0, third);
      }
      const auto rest = parse_decimal_seconds(seconds);
      constexpr double most_hours = 24.0 * 365 * 60;
      if (!hours || !minutes || !rest || *hours < 0 || *hours > most_hours || *minutes < 0 ||
          *minutes > 1e4 || frames > furthest_time || frames < Duration{})
        return std::nullopt;
      return std::chrono::hours(static_cast<std::int64_t>(*hours)) +
             std::chrono::minutes(static_cast<std::int64_t>(*minutes)) + *rest + frames;
    }
    const auto unit = std::min(text.find_first_not_of("0123456789."), text.size());
    const std::string_view name = text.substr(unit);
    if (name == "s") return parse_decimal_seconds(text.substr(0, unit));
    const double each = name == "h"    ? 3600
                        : name == "m"  ? 60
                        : name == "ms" ? 1e-3
                        : name == "f"  ? frame_
                        : name == "t"  ? tick_
                                       : 0;
    double count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + unit, count);
    const double seconds = count * each;
    if (each <= 0 || error != std::errc() || end != text.data() + unit ||
        !(seconds >= 0 && seconds <= to_seconds(furthest_time)))
      return std::nullopt;
    return from_seconds(seconds);
  }

  const Style& named(const std::string& id) {
    static const Style nothing;
    const auto found = styles_.find(id);
    if (found == styles_.end() || found->second.state == NamedStyle::State::under_way)
      return nothing;
    NamedStyle& style = found->second;
    if (style.state == NamedStyle::State::raw) {
      style.state = NamedStyle::State::under_way;
      style.resolved = style_of(style.node);
      style.state = NamedStyle::State::resolved;
    }
    return style.resolved;
  }

  /// What the element says, itself or through the styles that it names, the last one first.
  Style style_of(pugi::xml_node node) {
    Style style = own_style(node);
    // A chain of styles as deep as elements may nest.
    if (++depth_ <= limits::xml_depth) {
      const auto names = words(attribute(node, "style"), most_styles);
      for (auto name = names.rbegin(); name != names.rend(); ++name)
        style.fill(named(std::string(*name)));
    }
    --depth_;
    return style;
  }

  /// `around` as it is within `node`.
  Around enter(pugi::xml_node node, const Around& around) {
    Around inner = around;
    inner.style = style_of(node);
    if (inner.style.displayed == false) inner.gone = true;
    inner.style.fill(around.style);
    if (const auto name = attribute(node, "region"); !name.empty()) {
      const auto found = regions_.find(name);
      inner.region = found == regions_.end() ? nullptr : &found->second;
    }
    const auto time = [&](std::string_view name) {
      const auto written = attribute(node, name);
      const auto value = parse_time(written);
      // Shown at any other time it would be wrong.
      if (!value && !written.empty()) inner.gone = true;
      return value;
    };
    const auto begin = time("begin");
    const auto end = time("end");
    const auto length = time("dur");
    // All are below furthest_time each, so their sums fit.
    inner.start = std::min(around.start + begin.value_or(Duration{}), endless);
    if (end) inner.end = std::min(inner.end, around.start + *end);
    if (length) inner.end = std::min(inner.end, inner.start + *length);
    return inner;
  }

  void visit(pugi::xml_node node, const Around& around) {
    const Around inner = enter(node, around);
    if (!attribute(node, "backgroundImage").empty()) pictures_ = true;
    for (const pugi::xml_node child : node.children()) {
      if (xml_.error()) return;
      if (xml_.is(child, "div") || xml_.is(child, "body")) visit(child, inner);
      if (xml_.is(child, "p")) read_paragraph(child, inner);
      if (std::string_view(child.name()).ends_with("image")) pictures_ = true;
    }
  }

  void read_paragraph(pugi::xml_node node, const Around& around) {
    const Around inner = enter(node, around);
    std::vector<Stretch> stretches;
    collect(node, inner, stretches);
    // Where spans come and go, what is seen changes.
    std::vector<MediaTime> changes;
    for (const Stretch& stretch : stretches) {
      changes.push_back(stretch.start);
      changes.push_back(stretch.end);
    }
    std::ranges::sort(changes);
    changes.erase(std::unique(changes.begin(), changes.end()), changes.end());
    for (std::size_t i = 0; i + 1 < changes.size() && !xml_.error(); ++i)
      add_cue(changes[i], changes[i + 1], stretches, inner, node, i > 0);
  }

  /// Adds what `node` holds to `stretches`, in order.
  void collect(pugi::xml_node node, const Around& around, std::vector<Stretch>& stretches) {
    if (around.gone || around.start >= around.end) return;
    if (around.region != nullptr && around.region->style.displayed == false) return;
    Style style = around.style;
    if (around.region != nullptr) style.fill(around.region->style);
    Stretch stretch{.start = around.start,
                    .end = around.end,
                    .text = {},
                    .look = {.bold = style.bold.value_or(false),
                             .italic = style.italic.value_or(false),
                             .underlined = style.underlined.value_or(false),
                             .color = style.color}};
    for (const pugi::xml_node child : node.children()) {
      stretch.line_break = xml_.is(child, "br");
      stretch.text = child.value();
      const bool text = child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata;
      if (stretch.line_break || (text && style.visible.value_or(true)))
        stretches.push_back(stretch);
      else if (xml_.is(child, "span"))
        collect(child, enter(child, around), stretches);
    }
  }

  /// All white space counts as one blank, none at the beginning of a line.
  static void add_words(std::string_view source, const TextLook& look, CueText& text, bool& blank) {
    constexpr std::string_view space = " \t\r\n";
    while (!source.empty()) {
      const auto end = std::min(source.find_first_of(space), source.size());
      if (end > 0) {
        text.add(source.substr(0, end), look);
        blank = false;
        source.remove_prefix(end);
        continue;
      }
      source.remove_prefix(std::min(source.find_first_not_of(space), source.size()));
      if (!blank) text.add(" ", look);
      blank = true;
    }
  }

  /// What is seen of a paragraph from one time until another, `goes_on` behind its own beginning.
  void add_cue(MediaTime start, MediaTime end, const std::vector<Stretch>& stretches,
               const Around& around, pugi::xml_node node, bool goes_on) {
    for (const Stretch& stretch : stretches) looks_ += 1 + stretch.text.size();
    if (looks_ > most_looks)
      return xml_.fail(node, "the subtitles have too many spans with times of their own",
                       ErrorCode::limit_exceeded);
    CueText text;
    bool blank = true;
    for (const Stretch& stretch : stretches) {
      if (stretch.start > start || stretch.end < end) continue;
      if (text.full()) break;
      if (!stretch.line_break) {
        add_words(stretch.text, stretch.look, text, blank);
        continue;
      }
      text.add_break();
      blank = true;
    }
    Cue cue{.start = start, .end = end, .text = text.take(), .placement = place(around)};
    if (cue.text.empty()) return;
    if (goes_on && !cues_.empty() && cues_.back().end == start && cues_.back().text == cue.text &&
        cues_.back().placement == cue.placement) {
      cues_.back().end = end;
      return;
    }
    if (cues_.size() == limits::cues)
      return xml_.fail(node,
                       "the subtitles have more than " + std::to_string(limits::cues) + " cues",
                       ErrorCode::limit_exceeded);
    cues_.push_back(std::move(cue));
  }

  /// A length as a share of what it is measured against.
  [[nodiscard]] static std::optional<double> share(std::string_view length, double root,
                                                   double cells) {
    std::optional<double> value;
    if (length.ends_with('%')) {
      value = number(length.substr(0, length.size() - 1));
      if (value) *value /= 100;
    } else if (length.ends_with("px") && root > 0) {
      value = pixels(length) / root;
    } else if (length.ends_with('c')) {
      value = number(length.substr(0, length.size() - 1));
      if (value) *value /= cells;
    }
    if (!value || !(*value >= 0 && *value <= 1)) return std::nullopt;
    return value;
  }

  [[nodiscard]] static CuePlacement place(const Around& around) {
    CuePlacement placement{.first_on_top = true};
    if (around.region != nullptr) placement = around.region->placement;
    if (around.style.align) placement.align = *around.style.align;
    return placement;
  }

  /// Where a region with this style puts what is in it.
  [[nodiscard]] CuePlacement place(const Style& region) const {
    CuePlacement placement{.align = region.align.value_or(Align::left), .first_on_top = true};
    const auto origin = pair(region.origin);
    const auto extent = pair(region.extent);
    if (origin.empty() || extent.empty()) return placement;
    const auto left = share(origin[0], root_width_, columns_);
    const auto top = share(origin[1], root_height_, rows_);
    const auto width = share(extent[0], root_width_, columns_);
    const auto height = share(extent[1], root_height_, rows_);
    if (!left || !top || !width || !height) return placement;
    placement.left = *left;
    placement.width = std::min(*width, 1 - *left);
    placement.edge = region.edge.value_or(Edge::top);
    placement.y = std::min(1.0, placement.edge == Edge::top      ? *top
                                : placement.edge == Edge::middle ? *top + *height / 2
                                                                 : *top + *height);
    return placement;
  }

  XmlReader& xml_;
  std::map<std::string, NamedStyle> styles_;
  std::map<std::string, Region, std::less<>> regions_;
  std::vector<Cue> cues_;
  std::size_t looks_ = 0;  ///< See most_looks.
  int depth_ = 0;
  bool pictures_ = false;
  double frame_ = 1.0 / 30;  ///< Seconds.
  double tick_ = 1;
  double root_width_ = 0;  ///< In pixels; 0 where the document does not say.
  double root_height_ = 0;
  double columns_ = 32;
  double rows_ = 15;
};

}  // namespace

Expected<std::vector<Cue>> parse_ttml(std::string_view text) {
  auto xml = XmlReader::create(text, "the subtitles", "tt", XmlReader::Blanks::kept);
  if (!xml) return tl::unexpected(xml.error());
  return TtmlReader(**xml).read();
}

}  // namespace rung::media
