#include "media/webvtt.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <utility>

#include "core/limits.h"
#include "media/html_entities.h"
#include "media/iso8601.h"

namespace rung::media {
namespace {

constexpr std::string_view blanks = " \t";
constexpr std::string_view arrow = "-->";
/// A line takes so much of the picture's height where a cue counts its place in lines.
constexpr double line_height = 1.0 / 18;
/// Tags within each other; what lies deeper has the look of what is around it.
constexpr std::size_t deepest_tag = 32;

std::string_view stripped(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// Takes lines off the front of a text; they end with CR, LF or both.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}
  [[nodiscard]] bool done() const { return text_.empty(); }
  [[nodiscard]] std::string_view peek() const {
    return text_.substr(0, std::min(text_.find_first_of("\r\n"), text_.size()));
  }
  std::string_view take() {
    const std::string_view line = peek();
    text_.remove_prefix(line.size());
    if (text_.starts_with("\r\n")) text_.remove_prefix(1);
    if (!text_.empty()) text_.remove_prefix(1);
    return line;
  }

 private:
  std::string_view text_;
};

std::optional<std::int64_t> whole_number(std::string_view digits) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.starts_with('-'))
    return std::nullopt;
  return value;
}

/// "01:02:03.456" or "02:03.456" (section 4.4, with any number of digits and also a comma).
std::optional<Duration> parse_time(std::string_view text) {
  std::string normal(text);
  std::ranges::replace(normal, ',', '.');
  std::string_view rest = normal;
  Duration sum{};
  for (int parts = 0; parts < 3; ++parts) {
    const auto colon = rest.find(':');
    if (colon == std::string_view::npos) {
      const auto seconds = parse_decimal_seconds(rest);
      if (!seconds || parts == 0) return std::nullopt;
      sum = sum * 60 + *seconds;
      if (sum > furthest_time) return std::nullopt;
      return sum;
    }
    const auto number = whole_number(rest.substr(0, colon));
    if (!number || *number > furthest_time / std::chrono::hours(1)) return std::nullopt;
    sum = sum * 60 + std::chrono::seconds(*number);
    rest.remove_prefix(colon + 1);
  }
  return std::nullopt;
}

std::optional<double> parse_percentage(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= 0 && value <= 100))
    return std::nullopt;
  return value / 100;
}

/// What the name of an entity or of a character reference stands for; empty where it is none.
std::string entity(std::string_view name) {
  std::uint32_t code = 0;
  if (name.starts_with('#')) {
    name.remove_prefix(1);
    int base = 10;
    if (name.starts_with('x') || name.starts_with('X')) {
      name.remove_prefix(1);
      base = 16;
    }
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), code, base);
    if (error != std::errc() || end != name.data() + name.size()) return {};
  } else {
    code = html_entity(name);
  }
  if (code == 0 || code > 0x10FFFF) return {};
  std::string text;
  const auto put = [&](std::uint32_t bits) { text += static_cast<char>(bits); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | code >> 6U);
    put(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    put(0xE0U | code >> 12U);
    put(0x80U | (code >> 6U & 0x3FU));
    put(0x80U | (code & 0x3FU));
  } else {
    put(0xF0U | code >> 18U);
    put(0x80U | (code >> 12U & 0x3FU));
    put(0x80U | (code >> 6U & 0x3FU));
    put(0x80U | (code & 0x3FU));
  }
  return text;
}

/// The colour that a class names (section 5.1).
std::optional<std::uint32_t> color_of_class(std::string_view name) {
  constexpr auto known = std::to_array<std::pair<std::string_view, std::uint32_t>>({
      {"white", 0xFFFFFF},
      {"lime", 0x00FF00},
      {"cyan", 0x00FFFF},
      {"red", 0xFF0000},
      {"yellow", 0xFFFF00},
      {"magenta", 0xFF00FF},
      {"blue", 0x0000FF},
      {"black", 0x000000},
  });
  for (const auto& [color, value] : known)
    if (color == name) return value;
  return std::nullopt;
}

/// Reads the text of a cue (section 6.4).
class CueTextReader {
 public:
  std::vector<TextRun> read(std::string_view text) {
    while (!text.empty() && !result_.full()) {
      if (text.front() == '<') {
        const auto close = std::min(text.find('>'), text.size());
        tag(text.substr(1, close - 1));
        text.remove_prefix(std::min(close + 1, text.size()));
      } else if (text.front() == '&') {
        constexpr std::size_t longest = 12;
        const auto semicolon = text.substr(0, longest).find(';');
        const std::string meant = semicolon == std::string_view::npos
                                      ? std::string()
                                      : entity(text.substr(1, semicolon - 1));
        result_.add(meant.empty() ? "&" : meant, look_);
        text.remove_prefix(meant.empty() ? 1 : semicolon + 1);
      } else {
        const auto next = std::min(text.find_first_of("<&"), text.size());
        result_.add(text.substr(0, next), look_);
        text.remove_prefix(next);
      }
    }
    while (!open_.empty()) close_last();
    return result_.take();
  }

 private:
  struct Open {
    std::string_view name;
    TextLook around;
  };

  void tag(std::string_view content) {
    if (content.starts_with('/')) return close(content.substr(1));
    const std::string_view name = content.substr(0, content.find_first_of(" \t\n."));
    // The times within a cue do not begin with a letter.
    if (name.empty() || (name.front() >= '0' && name.front() <= '9')) return;
    if (open_.size() == deepest_tag) return;
    open_.push_back({.name = name, .around = look_});
    if (name == "b") look_.bold = true;
    if (name == "i") look_.italic = true;
    if (name == "u") look_.underlined = true;
    if (name == "rt") result_.add("(", look_);
    std::string_view classes = content.substr(name.size());
    classes = classes.substr(0, classes.find_first_of(" \t\n"));
    while (classes.starts_with('.')) {
      classes.remove_prefix(1);
      const std::string_view one = classes.substr(0, classes.find('.'));
      if (const auto color = color_of_class(one)) look_.color = color;
      classes.remove_prefix(one.size());
    }
  }

  void close(std::string_view name) {
    const auto opened = std::find_if(open_.rbegin(), open_.rend(),
                                     [&](const Open& open) { return open.name == name; });
    if (opened == open_.rend()) return;
    // What is within it ends with it, as <rt> does with </ruby>.
    const auto around = static_cast<std::size_t>(open_.rend() - opened) - 1;
    while (open_.size() > around) close_last();
  }

  void close_last() {
    if (open_.back().name == "rt") result_.add(")", look_);
    look_ = open_.back().around;
    open_.pop_back();
  }

  CueText result_;
  TextLook look_;
  std::vector<Open> open_;
};

/// "X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000" behind the equals sign.
std::optional<WebVtt::TimestampMap> parse_map(std::string_view text) {
  std::optional<Duration> local;
  std::optional<std::int64_t> transport;
  while (!text.empty()) {
    const std::string_view part = stripped(text.substr(0, text.find(',')));
    text.remove_prefix(std::min(
        text.find(',') == std::string_view::npos ? text.size() : text.find(',') + 1, text.size()));
    if (part.starts_with("LOCAL:")) local = parse_time(part.substr(6));
    if (part.starts_with("MPEGTS:")) transport = whole_number(part.substr(7));
  }
  constexpr std::int64_t wrap = std::int64_t{1} << 33;
  if (!local || !transport) return std::nullopt;
  return WebVtt::TimestampMap{.local = *local, .transport = *transport % wrap};
}

/// The lines of a file behind its first one.
Expected<Lines> begin_of(std::string_view text) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  constexpr std::string_view mark = "WEBVTT";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  Lines lines(text);
  const std::string_view first = lines.take();
  if (!first.starts_with(mark) ||
      (first.size() > mark.size() && blanks.find(first[mark.size()]) == std::string_view::npos))
    return failure(ErrorCode::malformed, "the subtitles do not begin with WEBVTT");
  return lines;
}

/// "00:01.000 --> 00:02.000 line:0"; nullopt where it is no such line.
std::optional<Cue> parse_timing(std::string_view line) {
  const auto at = line.find(arrow);
  if (at == std::string_view::npos) return std::nullopt;
  const auto start = parse_time(stripped(line.substr(0, at)));
  const std::string_view rest = stripped(line.substr(at + arrow.size()));
  const auto length = std::min(rest.find_first_of(blanks), rest.size());
  const auto end = parse_time(rest.substr(0, length));
  if (!start || !end || *end <= *start) return std::nullopt;
  return Cue{.start = MediaTime(*start),
             .end = MediaTime(*end),
             .text = {},
             .placement = parse_cue_settings(rest.substr(length))};
}

}  // namespace

CuePlacement parse_cue_settings(std::string_view settings) {
  using Edge = CuePlacement::Edge;
  using Align = CuePlacement::Align;
  CuePlacement result;
  double size = 1;
  std::optional<double> position;
  std::optional<Align> side;  // of the box lies at the position
  while (!(settings = stripped(settings)).empty()) {
    const std::string_view one = settings.substr(0, settings.find_first_of(blanks));
    settings.remove_prefix(one.size());
    const auto colon = one.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view name = one.substr(0, colon);
    const std::string_view whole = one.substr(colon + 1);
    const std::string_view value = whole.substr(0, whole.find(','));
    const std::string_view more = value.size() < whole.size() ? whole.substr(value.size() + 1) : "";
    if (name == "line") {
      if (const auto share = parse_percentage(value)) {
        result.y = *share;
        result.edge = more == "end" ? Edge::bottom : more == "center" ? Edge::middle : Edge::top;
      } else if (const auto line = whole_number(value)) {
        result.y = std::min(1.0, static_cast<double>(*line) * line_height);
        result.edge = Edge::top;
      } else if (value.starts_with('-')) {
        if (const auto from_below = whole_number(value.substr(1))) {
          result.y = std::clamp(1 - static_cast<double>(*from_below - 1) * line_height, 0.0, 1.0);
          result.edge = Edge::bottom;
        }
      }
    } else if (name == "position") {
      if (const auto share = parse_percentage(value)) position = share;
      if (more == "line-left" || more == "start") side = Align::left;
      if (more == "center" || more == "middle") side = Align::center;
      if (more == "line-right" || more == "end") side = Align::right;
    } else if (name == "size") {
      if (const auto share = parse_percentage(value)) size = *share;
    } else if (name == "align") {
      if (value == "start" || value == "left") result.align = Align::left;
      if (value == "center" || value == "middle") result.align = Align::center;
      if (value == "end" || value == "right") result.align = Align::right;
    }
  }
  const double place = position.value_or(result.align == Align::left    ? 0
                                         : result.align == Align::right ? 1
                                                                        : 0.5);
  switch (side.value_or(result.align)) {
    case Align::left:
      result.width = std::min(size, 1 - place);
      result.left = place;
      break;
    case Align::center:
      result.width = std::min(size, 2 * std::min(place, 1 - place));
      result.left = place - result.width / 2;
      break;
    case Align::right:
      result.width = std::min(size, place);
      result.left = place - result.width;
      break;
  }
  return result;
}

std::vector<TextRun> parse_cue_text(std::string_view text) { return CueTextReader().read(text); }

Expected<WebVtt> parse_webvtt(std::string_view text) {
  auto begun = begin_of(text);
  if (!begun) return tl::unexpected(begun.error());
  Lines& lines = *begun;
  WebVtt result;
  constexpr std::string_view map = "X-TIMESTAMP-MAP=";
  while (!lines.done() && !lines.peek().empty() &&
         lines.peek().find(arrow) == std::string_view::npos) {
    const std::string_view line = lines.take();
    if (line.starts_with(map)) result.map = parse_map(line.substr(map.size()));
  }
  while (!lines.done()) {
    const std::string_view line = lines.take();
    auto cue = parse_timing(line);
    if (!cue) continue;  // An identifier, a comment, a style or what is no cue.
    std::string payload;
    while (!lines.done() && !lines.peek().empty() &&
           lines.peek().find(arrow) == std::string_view::npos) {
      if (!payload.empty()) payload += '\n';
      payload += lines.take();
    }
    cue->text = parse_cue_text(payload);
    if (cue->text.empty()) continue;
    if (result.cues.size() == limits::cues)
      return failure(ErrorCode::limit_exceeded,
                     "the subtitles have more than " + std::to_string(limits::cues) + " cues");
    result.cues.push_back(*std::move(cue));
  }
  return result;
}

Expected<std::vector<std::string>> split_webvtt(std::string_view text,
                                                std::span<const MediaTime> ends, ByteCount most) {
  const auto whole = parse_webvtt(text);
  if (!whole) return tl::unexpected(whole.error());
  Lines lines = *begin_of(text);
  while (!lines.done() && !lines.peek().empty() &&
         lines.peek().find(arrow) == std::string_view::npos)
    lines.take();
  std::vector<std::string> pieces(ends.size(),
                                  "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n");
  auto room = most.bytes();
  const auto add = [&](std::size_t piece, const std::string& block) {
    pieces[piece] += "\n" + block;
    room -= static_cast<std::int64_t>(block.size());
  };
  while (!lines.done() && room >= 0) {
    std::string block;
    std::optional<Cue> cue;
    while (!lines.done() && !lines.peek().empty()) {
      if (cue && lines.peek().find(arrow) != std::string_view::npos) break;
      const std::string_view line = lines.take();
      if (!cue) cue = parse_timing(line);
      block.append(line) += '\n';
    }
    if (lines.peek().empty()) lines.take();
    if (!cue && !block.starts_with("STYLE") && !block.starts_with("REGION")) continue;
    for (std::size_t piece = 0; piece < ends.size() && room >= 0; ++piece) {
      const MediaTime begin = piece == 0 ? MediaTime{} : ends[piece - 1];
      if (!cue || (cue->start < ends[piece] && cue->end > begin)) add(piece, block);
    }
  }
  if (room < 0)
    return failure(
        ErrorCode::limit_exceeded,
        "the subtitles take more than " + std::to_string(most.bytes()) + " bytes in segments");
  return pieces;
}

}  // namespace rung::media
