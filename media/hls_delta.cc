#include "media/hls_delta.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/limits.h"

namespace rung::media {
namespace {

constexpr std::string_view skip_tag = "#EXT-X-SKIP:";
constexpr std::string_view sequence_tag = "#EXT-X-MEDIA-SEQUENCE:";
constexpr std::string_view map_tag = "#EXT-X-MAP:";
constexpr std::string_view key_tag = "#EXT-X-KEY:";

/// Tags of the playlist as a whole, which the newer one states itself.
constexpr std::array<std::string_view, 10> playlist_tags{"#EXTM3U",
                                                         "#EXT-X-VERSION",
                                                         "#EXT-X-TARGETDURATION",
                                                         "#EXT-X-MEDIA-SEQUENCE",
                                                         "#EXT-X-DISCONTINUITY-SEQUENCE",
                                                         "#EXT-X-PLAYLIST-TYPE",
                                                         "#EXT-X-INDEPENDENT-SEGMENTS",
                                                         "#EXT-X-START",
                                                         "#EXT-X-DEFINE",
                                                         "#EXT-X-SERVER-CONTROL"};

/// Takes a line off the front, without its end.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

/// The number at the front; nullopt where there is none.
std::optional<std::int64_t> number_at(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  constexpr std::int64_t largest = std::int64_t{1} << 60;
  if (error != std::errc() || value < 0 || value > largest) return std::nullopt;
  return value;
}

/// What of the lines of segments that are gone still holds for those that follow.
class InForce {
 public:
  void take(std::string_view line) {
    if (line.starts_with(map_tag)) {
      forget(map_tag, "");
    } else if (line.starts_with(key_tag)) {
      const bool none = line.find("METHOD=") == std::string_view::npos ||
                        line.find("METHOD=NONE") != std::string_view::npos;
      forget(key_tag, none ? "" : format_of(line));
    } else {
      return;
    }
    if (lines_.size() < most_lines) lines_.push_back(line);
  }
  void write(std::string& out) const {
    for (const std::string_view line : lines_) out.append(line) += '\n';
  }

 private:
  /// More than a playlist may have (parse_hls_playlist() refuses it then).
  static constexpr std::size_t most_lines = 32;

  static std::string_view format_of(std::string_view key) {
    constexpr std::string_view name = "KEYFORMAT=";
    const std::size_t at = key.find(name);
    if (at == std::string_view::npos) return "\"identity\"";
    key.remove_prefix(at + name.size());
    return key.substr(0, key.find(','));
  }
  /// Lines of this tag; of keys only those of the format, of all of them where it is empty.
  void forget(std::string_view tag, std::string_view format) {
    std::erase_if(lines_, [&](std::string_view line) {
      return line.starts_with(tag) && (format.empty() || format_of(line) == format);
    });
  }

  std::vector<std::string_view> lines_;
};

std::int64_t sequence_of(std::string_view playlist) {
  while (!playlist.empty())
    if (const auto line = take_line(playlist); line.starts_with(sequence_tag))
      return number_at(line.substr(sequence_tag.size())).value_or(0);
  return 0;
}

/// Writes the lines of segments [first, last) of the playlist; how many it had of them.
std::int64_t write_segments(std::string_view playlist, std::int64_t first, std::int64_t last,
                            std::string& out) {
  std::int64_t sequence = sequence_of(playlist);
  std::int64_t written = 0;
  InForce before;
  std::vector<std::string_view> lines;
  while (!playlist.empty() && sequence < last) {
    const std::string_view line = take_line(playlist);
    const bool tag = line.starts_with('#');
    if (line.empty() || (tag && std::ranges::any_of(playlist_tags, [&](std::string_view name) {
                           return line.starts_with(name);
                         })))
      continue;
    lines.push_back(line);
    if (tag) continue;
    if (sequence < first)
      for (const std::string_view passed : lines) before.take(passed);
    if (sequence == first) before.write(out);
    if (sequence >= first) {
      for (const std::string_view own : lines) out.append(own) += '\n';
      ++written;
    }
    lines.clear();
    ++sequence;
  }
  return written;
}

}  // namespace

Expected<std::string> undo_hls_skip(std::string_view known, std::string_view delta) {
  std::string whole;
  bool found = false;
  for (std::string_view rest = delta; !rest.empty();) {
    const std::string_view line = take_line(rest);
    if (found || !line.starts_with(skip_tag)) {
      whole.append(line) += '\n';
      continue;
    }
    found = true;
    constexpr std::string_view count_name = "SKIPPED-SEGMENTS=";
    const std::size_t at = line.find(count_name);
    const auto count = at == std::string_view::npos
                           ? std::nullopt
                           : number_at(line.substr(at + count_name.size()));
    if (!count)
      return failure(ErrorCode::malformed, "the playlist does not say how many segments it skips");
    const std::int64_t first = sequence_of(delta);
    if (write_segments(known, first, first + *count, whole) != *count)
      return failure(ErrorCode::malformed, "the playlist skips segments that are not known");
    if (whole.size() > static_cast<std::size_t>(limits::manifest_size.bytes()))
      return failure(ErrorCode::limit_exceeded, "the playlist is too large with what it skips");
  }
  return found ? whole : std::string(delta);
}

}  // namespace rung::media
