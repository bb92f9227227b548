#include "media/url_query.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

#include "media/url.h"

namespace rung::media {

std::optional<std::string> query_parameter(std::string_view url, std::string_view name) {
  const Url parts = parse_url(url);
  std::string_view query = parts.query ? std::string_view(*parts.query) : std::string_view{};
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const auto equals = std::min(pair.find('='), pair.size());
    if (pair.substr(0, equals) != name) continue;
    const std::string_view raw = pair.substr(std::min(equals + 1, pair.size()));
    std::string value;
    for (std::size_t i = 0; i < raw.size(); ++i) {
      unsigned code = 0;
      if (raw[i] == '%' && i + 2 < raw.size() &&
          std::from_chars(raw.data() + i + 1, raw.data() + i + 3, code, 16).ptr ==
              raw.data() + i + 3) {
        value += static_cast<char>(code);
        i += 2;
      } else {
        value += raw[i];
      }
    }
    return value;
  }
  return std::nullopt;
}

}  // namespace rung::media
