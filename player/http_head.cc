#include "player/http_head.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace rung::player {
namespace {

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const std::size_t first = text.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

/// The whole of `text` as a number that is not negative.
std::optional<std::int64_t> parse_size(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value < 0)
    return std::nullopt;
  return value;
}

/// Whether one of the words between commas is as `fits` tells.
template <typename Fits>
bool any_word(std::string_view list, Fits fits) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (fits(trimmed(list.substr(0, comma)))) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

}  // namespace

HttpHead::Line HttpHead::read(std::string_view line) {
  constexpr std::string_view protocol = "HTTP/";
  if (line.substr(0, protocol.size()) == protocol) {
    *this = HttpHead{};
    const std::size_t space = line.find(' ');
    if (space != std::string_view::npos)
      status = static_cast<int>(parse_size(trimmed(line.substr(space + 1, 3))).value_or(0));
    return Line::begin;
  }
  if (complete) return Line::field;  // A trailer.
  size_ += line.size();
  if (size_ > max_size) return Line::too_large;
  if (!trimmed(line).empty()) return read_field(line);
  if (status < 200) return Line::field;  // Of an interim answer.
  complete = true;
  return chunked && content_length ? Line::contradictory : Line::complete;
}

HttpHead::Line HttpHead::read_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return Line::field;
  const std::string name = lower_case(trimmed(line.substr(0, colon)));
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (name == "content-length") {
    const auto length = parse_size(value);
    if (!length || (content_length && content_length != length)) return Line::contradictory;
    content_length = length;
  } else if (name == "transfer-encoding") {
    chunked = true;
  } else if (name == "content-range") {
    content_range = value;
  } else if (name == "content-encoding") {
    content_encoding = lower_case(value);
  } else if (name == "content-type") {
    content_type = value;
  } else if (name == "date") {
    date = value;
  } else if (name == "cache-control") {
    if (!cache_control.empty()) cache_control += ',';
    cache_control += value;
  } else if (name == "age") {
    age = value;
  } else if (name == "expires" || name == "pragma") {
    expires = true;
  } else if (name == "location") {
    location = value;
  }
  return Line::field;
}

bool HttpHead::redirects() const {
  const bool moved =
      status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  return complete && moved && !location.empty();
}

bool HttpHead::coded() const {
  constexpr auto codings = std::to_array<std::string_view>(
      {"gzip", "x-gzip", "deflate", "br", "zstd", "compress", "x-compress"});
  return any_word(content_encoding, [&](std::string_view word) {
    return std::ranges::find(codings, word) != codings.end();
  });
}

bool HttpHead::claims_what_is_no_coding() const {
  return !coded() && any_word(content_encoding, [](std::string_view word) {
    return !word.empty() && word != "identity" && word != "none";
  });
}

std::optional<media::ByteRange> parse_content_range(std::string_view text) {
  constexpr std::string_view unit = "bytes ";
  if (lower_case(text.substr(0, unit.size())) != unit) return std::nullopt;
  text.remove_prefix(unit.size());
  const std::size_t dash = text.find('-');
  const std::size_t slash = text.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos || slash < dash)
    return std::nullopt;
  const auto first = parse_size(trimmed(text.substr(0, dash)));
  const auto last = parse_size(trimmed(text.substr(dash + 1, slash - dash - 1)));
  if (!first || !last || *last < *first) return std::nullopt;
  return media::ByteRange{*first, ByteCount(*last - *first + 1)};
}

std::string encoded_url(std::string_view url) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr std::string_view forbidden = "\"<>\\^`{|}";
  std::string result;
  for (const char letter : url) {
    const auto code = static_cast<unsigned char>(letter);
    if (code <= 0x20 || code >= 0x7f || forbidden.find(letter) != std::string_view::npos) {
      result.push_back('%');
      result.push_back(digits[code >> 4]);
      result.push_back(digits[code & 15U]);
    } else {
      result.push_back(letter);
    }
  }
  return result;
}

}  // namespace rung::player
