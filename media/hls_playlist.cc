#include "media/hls_playlist.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "core/limits.h"
#include "media/iso8601.h"
#include "media/url_policy.h"
#include "media/url_query.h"

namespace rung::media {
namespace {

std::string_view trimmed_line(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n\v\f";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// The number at the front of `text`; nullopt when there is none or it is out of range.
std::optional<std::int64_t> read_integer(std::string_view text) {
  text = trimmed_line(text);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  constexpr std::int64_t largest = std::int64_t{1} << 60;
  if (error != std::errc() || value < 0 || value > largest) return std::nullopt;
  return value;
}

std::optional<double> read_real(std::string_view text) {
  text = trimmed_line(text);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !std::isfinite(value)) return std::nullopt;
  return value;
}

/// "-12.5": seconds that may lie below zero.
std::optional<Duration> read_offset(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const auto seconds = parse_decimal_seconds(text);
  return seconds && negative ? -*seconds : seconds;
}

/// The seconds at the front of `text`, which may go on with something else.
std::optional<Duration> read_seconds(std::string_view text) {
  text = trimmed_line(text);
  return parse_decimal_seconds(text.substr(0, text.find_first_not_of("0123456789.")));
}

bool is_variable_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

/// An attribute list (RFC 8216 section 4.2): NAME=value, NAME="quoted value", with commas between.
class Attributes {
 public:
  explicit Attributes(std::string_view text) {
    while (!(text = trimmed_line(text)).empty()) {
      const auto equals = text.find('=');
      if (equals == std::string_view::npos) return;
      const std::string_view name = trimmed_line(text.substr(0, equals));
      text = trimmed_line(text.substr(equals + 1));
      std::string_view value;
      if (text.starts_with('"')) {
        const auto close = std::min(text.find('"', 1), text.size());
        value = text.substr(1, close - 1);
        text.remove_prefix(std::min(close + 1, text.size()));
        text.remove_prefix(std::min(text.find(','), text.size()));
      } else {
        const auto comma = std::min(text.find(','), text.size());
        value = trimmed_line(text.substr(0, comma));
        if (value.ends_with('"')) value.remove_suffix(1);
        text.remove_prefix(comma);
      }
      if (text.starts_with(',')) text.remove_prefix(1);
      list_.push_back({name, value});
    }
  }

  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const {
    const auto found = std::ranges::find(list_, name, &Attribute::name);
    if (found == list_.end()) return std::nullopt;
    return found->value;
  }
  [[nodiscard]] std::string text(std::string_view name) const {
    return std::string(find(name).value_or(""));
  }
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name) const {
    const auto value = find(name);
    return value ? read_integer(*value) : std::nullopt;
  }
  [[nodiscard]] bool yes(std::string_view name) const { return find(name) == "YES"; }

 private:
  struct Attribute {
    std::string_view name;
    std::string_view value;
  };
  std::vector<Attribute> list_;
};

/// "length@offset" or "length".
struct LengthAtOffset {
  std::int64_t length = 0;
  std::optional<std::int64_t> offset;
};

std::optional<LengthAtOffset> read_range(std::string_view text) {
  const auto at = text.find('@');
  const auto length = read_integer(text.substr(0, at));
  if (!length || *length <= 0) return std::nullopt;
  LengthAtOffset range{*length, std::nullopt};
  if (at != std::string_view::npos) range.offset = read_integer(text.substr(at + 1));
  return range;
}

/// 32 digits in lower case from "0X1f"; empty when it is no such number.
std::string read_iv(std::string_view text) {
  if (text.size() < 3 || text[0] != '0' || (text[1] != 'x' && text[1] != 'X')) return {};
  text.remove_prefix(2);
  constexpr std::size_t digits = 32;
  std::string iv(digits - std::min(digits, text.size()), '0');
  for (const char c : text) {
    if (c >= 'A' && c <= 'F')
      iv += static_cast<char>(c - 'A' + 'a');
    else if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))
      iv += c;
    else
      return {};
  }
  return iv.size() == digits ? iv : std::string();
}

/// Reads a playlist line by line. What a tag says of the next segment waits in `next_` for its URI.
class PlaylistReader {
 public:
  PlaylistReader(std::string_view text, const std::string& url,
                 const std::vector<HlsVariable>& imported)
      : text_(text), url_(url), imported_(imported) {}

  Expected<HlsPlaylist> read() {
    if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);  // byte order mark
    while (!text_.empty() && !error_) {
      ++line_number_;
      const auto end = std::min(text_.find_first_of("\r\n"), text_.size());
      const std::string_view line = trimmed_line(text_.substr(0, end));
      const bool pair = text_.substr(end).starts_with("\r\n");
      text_.remove_prefix(std::min(end + (pair ? 2 : 1), text_.size()));
      read_line(line);
    }
    if (error_) return tl::unexpected(*error_);
    if (!has_tag_)
      return failure(ErrorCode::malformed, "is no HLS playlist: it has no #EXT tag",
                     redacted_url(url_));
    if (!next_.parts.empty()) {
      for (const HlsPart& part : next_.parts) next_.duration += part.duration;
      next_.key = key_in_force();
      media_.growing = std::move(next_);
    }
    if (is_multivariant_)
      playlist_.content = std::move(multivariant_);
    else
      playlist_.content = std::move(media_);
    return std::move(playlist_);
  }

 private:
  void fail(std::string message, ErrorCode code = ErrorCode::malformed) {
    if (error_) return;
    std::string where = redacted_url(url_) + " line " + std::to_string(line_number_);
    if (!tag_.empty()) where += " #" + tag_;
    error_ = Error{code, std::move(message), std::move(where)};
  }

  void read_line(std::string_view line) {
    tag_.clear();
    if (line.empty()) return;
    if (!line.starts_with('#')) return read_uri(line);
    if (!line.starts_with("#EXT")) return;
    const auto colon = line.find(':');
    tag_ = line.substr(1, std::min(colon, line.size()) - 1);
    const std::string value =
        colon == std::string_view::npos ? std::string() : substitute(line.substr(colon + 1));
    if (error_) return;
    if (!read_segment_tag(value) && !read_media_tag(value) && !read_multivariant_tag(value) &&
        !read_common_tag(value))
      return;
    has_tag_ = true;
  }

  /// Tags that speak of the next segment (RFC 8216 section 4.3.2). Says whether it was one.
  bool read_segment_tag(std::string_view value) {
    if (tag_ == "EXTINF") {
      next_duration_ = read_seconds(value);
      const auto comma = value.find(',');
      if (!next_duration_)
        next_.title = value;
      else
        next_.title = comma == std::string_view::npos ? "" : value.substr(comma + 1);
    } else if (tag_ == "EXT-X-BYTERANGE") {
      if (const auto range = read_range(value)) next_range_ = range;
    } else if (tag_ == "EXT-X-DISCONTINUITY") {
      next_.discontinuity = true;
    } else if (tag_ == "EXT-X-GAP") {
      next_.gap = true;
    } else if (tag_ == "EXT-X-PROGRAM-DATE-TIME") {
      next_.program_date_time = parse_iso8601_instant(value);
    } else if (tag_ == "EXT-X-KEY") {
      read_key(Attributes(value));
    } else if (tag_ == "EXT-X-MAP") {
      read_map(Attributes(value));
    } else if (tag_ == "EXT-X-TILES") {
      read_tiles(Attributes(value));
    } else if (tag_ == "EXT-X-PART") {
      read_part(Attributes(value));
    } else {
      return false;
    }
    return true;
  }

  void read_key(const Attributes& attributes) {
    HlsKey key;
    key.method = attributes.text("METHOD");
    key.key_format = attributes.text("KEYFORMAT");
    if (key.key_format.empty()) key.key_format = "identity";
    if (key.method.empty() || key.method == "NONE") {
      next_keys_.clear();
      return;
    }
    key.uri = attributes.text("URI");
    key.iv = read_iv(attributes.text("IV"));
    if (!charge(key.uri.size() + key.method.size() + key.key_format.size() + sizeof(HlsKey)))
      return;
    // A key replaces the one of the same format; the formats are alternatives.
    std::erase_if(next_keys_, [&](std::size_t index) {
      return media_.keys[index].key_format == key.key_format;
    });
    if (next_keys_.size() == 16) return fail("too many key formats", ErrorCode::limit_exceeded);
    media_.keys.push_back(std::move(key));
    next_keys_.push_back(media_.keys.size() - 1);
  }

  void read_map(const Attributes& attributes) {
    HlsMap map;
    map.uri = attributes.text("URI");
    if (const auto range = read_range(attributes.text("BYTERANGE")))
      map.range = ByteRange{range->offset.value_or(0), ByteCount(range->length)};
    if (map.uri.empty()) {
      next_.map.reset();
      return;
    }
    map.key = key_in_force();
    if (!charge(map.uri.size() + sizeof(HlsMap))) return;
    media_.maps.push_back(std::move(map));
    next_.map = media_.maps.size() - 1;
  }

  /// What is said once holds for the images that follow.
  void read_tiles(const Attributes& attributes) {
    HlsTiles tiles;
    if (const auto grid = parse_tile_grid(attributes.text("LAYOUT"))) tiles.grid = *grid;
    tiles.duration = parse_decimal_seconds(attributes.text("DURATION"));
    tiles.resolution = attributes.text("RESOLUTION");
    if (media_.tiles.empty() || media_.tiles.back() != tiles) {
      if (!charge(sizeof(HlsTiles) + tiles.resolution.size())) return;
      media_.tiles.push_back(tiles);
    }
    next_.tiles = media_.tiles.size() - 1;
  }

  void read_part(const Attributes& attributes) {
    HlsPart part;
    part.uri = attributes.text("URI");
    const auto duration = parse_decimal_seconds(attributes.text("DURATION"));
    if (part.uri.empty() || !duration) return;
    part.duration = *duration;
    if (const auto range = read_range(attributes.text("BYTERANGE"))) {
      // Without an offset it follows the part before.
      const HlsPart* const last = next_.parts.empty() ? nullptr : &next_.parts.back();
      const bool follows = last != nullptr && last->range && last->uri == part.uri;
      const std::int64_t behind = follows ? last->range->first + last->range->length.bytes() : 0;
      part.range = ByteRange{range->offset.value_or(behind), ByteCount(range->length)};
      constexpr std::int64_t furthest = std::int64_t{1} << 61;
      if (part.range->first > furthest)
        return fail("the byte range is out of range", ErrorCode::limit_exceeded);
    }
    parts_total_ += part.duration;
    if (parts_total_ > furthest_time)
      return fail("the parts reach beyond the range of times", ErrorCode::limit_exceeded);
    // Resolved it may be as long as the playlist's own URL.
    if (charge(sizeof(HlsPart) + part.uri.size() + url_.size()))
      next_.parts.push_back(std::move(part));
  }

  void read_hint(const Attributes& attributes) {
    HlsPart part{.uri = attributes.text("URI"), .duration = {}, .range = std::nullopt};
    if (attributes.find("TYPE") != "PART" || part.uri.empty()) return;
    const auto first = attributes.integer("BYTERANGE-START");
    const auto length = attributes.integer("BYTERANGE-LENGTH");
    if (length && *length > 0) part.range = ByteRange{first.value_or(0), ByteCount(*length)};
    if (first.value_or(0) > 0 && !part.range) return;
    if (charge(part.uri.size())) media_.next_part = std::move(part);
  }

  bool read_media_tag(std::string_view value) {
    if (tag_ == "EXT-X-TARGETDURATION") {
      if (const auto duration = read_seconds(value)) media_.target_duration = duration;
    } else if (tag_ == "EXT-X-MEDIA-SEQUENCE") {
      media_.media_sequence = read_integer(value).value_or(0);
    } else if (tag_ == "EXT-X-DISCONTINUITY-SEQUENCE") {
      media_.discontinuity_sequence = read_integer(value).value_or(0);
    } else if (tag_ == "EXT-X-ENDLIST") {
      media_.has_end = true;
    } else if (tag_ == "EXT-X-PLAYLIST-TYPE") {
      media_.playlist_type = trimmed_line(value);
    } else if (tag_ == "EXT-X-SERVER-CONTROL") {
      const Attributes control(value);
      media_.hold_back = parse_decimal_seconds(control.text("HOLD-BACK"));
      media_.can_skip_until = parse_decimal_seconds(control.text("CAN-SKIP-UNTIL"));
      media_.part_hold_back = parse_decimal_seconds(control.text("PART-HOLD-BACK"));
      media_.can_block_reload = control.yes("CAN-BLOCK-RELOAD");
    } else if (tag_ == "EXT-X-PART-INF") {
      media_.part_target = parse_decimal_seconds(Attributes(value).text("PART-TARGET"));
    } else if (tag_ == "EXT-X-PRELOAD-HINT") {
      read_hint(Attributes(value));
    } else if (tag_ == "EXT-X-I-FRAMES-ONLY") {
      media_.iframes_only = true;
    } else if (tag_ == "EXT-X-IMAGES-ONLY") {
      media_.images_only = true;
    } else {
      return false;
    }
    return true;
  }

  bool read_multivariant_tag(std::string_view value) {
    if (tag_ == "EXT-X-STREAM-INF") {
      next_variant_ = read_variant(Attributes(value));
    } else if (tag_ == "EXT-X-I-FRAME-STREAM-INF" || tag_ == "EXT-X-IMAGE-STREAM-INF") {
      const Attributes attributes(value);
      HlsVariant variant = read_variant(attributes);
      variant.uri = attributes.text("URI");
      add_bounded(tag_ == "EXT-X-IMAGE-STREAM-INF" ? multivariant_.image_variants
                                                   : multivariant_.iframe_variants,
                  std::move(variant));
    } else if (tag_ == "EXT-X-MEDIA") {
      add_bounded(multivariant_.renditions, read_rendition(Attributes(value)));
    } else if (tag_ == "EXT-X-CONTENT-STEERING") {
      const Attributes attributes(value);
      SteeringServer steering{.server = attributes.text("SERVER-URI"), .first = {}};
      if (const auto pathway = attributes.find("PATHWAY-ID")) steering.first.emplace_back(*pathway);
      if (!steering.server.empty()) multivariant_.steering = std::move(steering);
    } else if (tag_ != "EXT-X-SESSION-DATA" && tag_ != "EXT-X-SESSION-KEY") {
      return false;
    }
    is_multivariant_ = true;
    return true;
  }

  template <typename T>
  void add_bounded(std::vector<T>& list, T entry) {
    if (list.size() == limits::representations)
      return fail("there are more than " + std::to_string(limits::representations) + " of them",
                  ErrorCode::limit_exceeded);
    list.push_back(std::move(entry));
  }

  static HlsVariant read_variant(const Attributes& attributes) {
    HlsVariant variant;
    variant.bandwidth = attributes.integer("BANDWIDTH").value_or(0);
    variant.average_bandwidth = attributes.integer("AVERAGE-BANDWIDTH");
    variant.codecs = attributes.text("CODECS");
    const std::string resolution = attributes.text("RESOLUTION");
    const auto cross = resolution.find_first_of("xX");
    if (cross != std::string::npos) {
      constexpr std::int64_t most = 1'000'000;
      const std::string_view text = resolution;
      variant.width =
          static_cast<int>(std::min(read_integer(text.substr(0, cross)).value_or(0), most));
      variant.height =
          static_cast<int>(std::min(read_integer(text.substr(cross + 1)).value_or(0), most));
    }
    if (const auto rate = attributes.find("FRAME-RATE"))
      variant.frame_rate = std::max(read_real(*rate).value_or(0), 0.0);
    variant.audio = attributes.text("AUDIO");
    variant.video = attributes.text("VIDEO");
    variant.subtitles = attributes.text("SUBTITLES");
    variant.pathway = attributes.find("PATHWAY-ID").value_or(".");
    variant.stable_id = attributes.text("STABLE-VARIANT-ID");
    return variant;
  }

  static HlsRendition read_rendition(const Attributes& attributes) {
    HlsRendition rendition;
    rendition.type = attributes.text("TYPE");
    rendition.group_id = attributes.text("GROUP-ID");
    rendition.name = attributes.text("NAME");
    rendition.uri = attributes.text("URI");
    rendition.language = attributes.text("LANGUAGE");
    rendition.channels = attributes.text("CHANNELS");
    rendition.is_default = attributes.yes("DEFAULT");
    rendition.autoselect = attributes.yes("AUTOSELECT");
    rendition.forced = attributes.yes("FORCED");
    rendition.stable_id = attributes.text("STABLE-RENDITION-ID");
    return rendition;
  }

  bool read_common_tag(std::string_view value) {
    if (tag_ == "EXTM3U") return true;
    if (tag_ == "EXT-X-VERSION") {
      if (const auto version = read_integer(value)) playlist_.version = version;
    } else if (tag_ == "EXT-X-INDEPENDENT-SEGMENTS") {
      playlist_.independent_segments = true;
    } else if (tag_ == "EXT-X-START") {
      playlist_.start_offset = read_offset(Attributes(value).text("TIME-OFFSET"));
    } else if (tag_ == "EXT-X-DEFINE") {
      read_define(Attributes(value));
    } else {
      return tag_.starts_with("EXT-X-");
    }
    return true;
  }

  void read_define(const Attributes& attributes) {
    HlsVariable variable;
    if (const auto name = attributes.find("NAME")) {
      variable = {std::string(*name), attributes.text("VALUE")};
    } else if (const auto import = attributes.find("IMPORT")) {
      const auto found = std::ranges::find(imported_, *import, &HlsVariable::name);
      // A media playlist that is read on its own keeps its references as they are.
      variable.name = *import;
      variable.value = found != imported_.end() ? found->value : "{$" + std::string(*import) + "}";
    } else if (const auto parameter = attributes.find("QUERYPARAM")) {
      const auto found = query_parameter(url_, *parameter);
      variable = {std::string(*parameter), found ? *found : reference_to(*parameter)};
    } else {
      return;
    }
    add_bounded(playlist_.variables, std::move(variable));
  }

  /// Variables of a playlist that is read on its own, or from a file, may have no value: references
  /// to them stay as they are.
  static std::string reference_to(std::string_view name) {
    std::string reference = "{$";
    reference += name;
    reference += '}';
    return reference;
  }

  /// `text` with "{$name}" replaced by the values of the variables. Where the playlist defines
  /// none, the text is left alone.
  std::string substitute(std::string_view text) {
    if (playlist_.variables.empty()) return std::string(text);
    std::string result;
    for (;;) {
      const auto open = text.find("{$");
      const auto close = text.find('}', std::min(open, text.size()));
      if (open == std::string_view::npos || close == std::string_view::npos) break;
      const std::string_view name = text.substr(open + 2, close - open - 2);
      result += text.substr(0, open);
      if (!is_variable_name(name)) {
        result += "{$";
        text.remove_prefix(open + 2);
        continue;
      }
      const auto found = std::ranges::find(playlist_.variables, name, &HlsVariable::name);
      if (found == playlist_.variables.end()) {
        fail("the variable " + std::string(name) + " is not defined");
        return {};
      }
      result += found->value;
      if (result.size() > limits::url_length) {
        fail("the text with its variables is too long", ErrorCode::limit_exceeded);
        return {};
      }
      text.remove_prefix(close + 1);
    }
    result += text;
    return result;
  }

  void read_uri(std::string_view line) {
    std::string uri = substitute(line);
    if (error_) return;
    if (next_variant_) {
      next_variant_->uri = std::move(uri);
      add_bounded(multivariant_.variants, std::move(*next_variant_));
      next_variant_.reset();
      return;
    }
    if (is_multivariant_) return;
    if (std::cmp_equal(media_.segments.size(), limits::listed_segments))
      return fail("there are more than " + std::to_string(limits::listed_segments) + " segments",
                  ErrorCode::limit_exceeded);
    next_.uri = std::move(uri);
    if (!charge(sizeof(HlsSegment) + next_.uri.size() + next_.title.size())) return;
    if (next_range_) {
      // Without an offset the range follows the one of the segment before.
      const bool follows = !media_.segments.empty() && media_.segments.back().range;
      const std::int64_t behind = follows ? media_.segments.back().range->first +
                                                media_.segments.back().range->length.bytes()
                                          : 0;
      next_.range = ByteRange{next_range_->offset.value_or(behind), ByteCount(next_range_->length)};
      constexpr std::int64_t furthest = std::int64_t{1} << 61;
      if (next_.range->first > furthest)
        return fail("the byte range is out of range", ErrorCode::limit_exceeded);
    }
    // A segment that states no duration is taken to be as long as the target duration.
    next_.duration =
        next_duration_ ? *next_duration_ : media_.target_duration.value_or(Duration::zero());
    total_ += next_.duration;
    if (total_ > furthest_time)
      return fail("the segments reach beyond the range of times", ErrorCode::limit_exceeded);
    next_.key = key_in_force();
    HlsSegment following;
    following.map = next_.map;
    following.tiles = next_.tiles;
    media_.segments.push_back(std::move(next_));
    next_ = std::move(following);
    next_duration_.reset();
    next_range_.reset();
  }

  /// Of several formats the one that needs no DRM system, else the last.
  [[nodiscard]] std::optional<std::size_t> key_in_force() const {
    if (next_keys_.empty()) return std::nullopt;
    for (const std::size_t index : next_keys_)
      if (media_.keys[index].key_format == "identity") return index;
    return next_keys_.back();
  }

  bool charge(std::size_t bytes) {
    expanded_ += ByteCount(static_cast<std::int64_t>(bytes));
    if (expanded_ > limits::expanded_manifest_size)
      fail("the playlist expands to more than " +
               std::to_string(limits::expanded_manifest_size.bytes()) + " bytes",
           ErrorCode::limit_exceeded);
    return !error_;
  }

  std::string_view text_;
  const std::string& url_;
  const std::vector<HlsVariable>& imported_;
  std::int64_t line_number_ = 0;
  std::string tag_;
  std::optional<Error> error_;
  ByteCount expanded_;
  Duration total_{};
  Duration parts_total_{};
  bool has_tag_ = false;
  bool is_multivariant_ = false;
  HlsPlaylist playlist_;
  HlsMediaPlaylist media_;
  HlsMultivariantPlaylist multivariant_;
  HlsSegment next_;
  std::optional<Duration> next_duration_;
  std::optional<LengthAtOffset> next_range_;
  std::vector<std::size_t> next_keys_;
  std::optional<HlsVariant> next_variant_;
};

}  // namespace

Expected<HlsPlaylist> parse_hls_playlist(std::string_view text, const std::string& url,
                                         const std::vector<HlsVariable>& imported) {
  return PlaylistReader(text, url, imported).read();
}

}  // namespace rung::media
