#include "media/manifest.h"

#include <array>

#include "core/limits.h"
#include "media/url_policy.h"

namespace rung::media {
namespace {

/// XML in any of its encodings begins with '<', maybe behind a byte order mark and white space.
bool looks_like_xml(std::string_view text) {
  using namespace std::string_view_literals;
  for (const std::string_view mark : {"\xef\xbb\xbf"sv, "\xff\xfe"sv, "\xfe\xff"sv})
    if (text.starts_with(mark)) {
      text.remove_prefix(mark.size());
      break;
    }
  const auto first = text.find_first_not_of(" \t\r\n\0"sv);
  return first != std::string_view::npos && text[first] == '<';
}

}  // namespace

Expected<Manifest> parse_manifest(std::string_view text, const std::string& url,
                                  std::optional<Duration> wall_clock) {
  if (text.size() > static_cast<std::size_t>(limits::manifest_size.bytes()))
    return failure(ErrorCode::limit_exceeded,
                   "is larger than " + std::to_string(limits::manifest_size.bytes()) + " bytes",
                   redacted_url(url));
  if (looks_like_xml(text)) return parse_dash_manifest(text, url, wall_clock);
  if (text.find("#EXT") == std::string_view::npos)
    return failure(ErrorCode::malformed, "is neither an MPD nor an HLS playlist",
                   redacted_url(url) + " line 1");
  return parse_hls_playlist(text, url, {});
}

}  // namespace rung::media
