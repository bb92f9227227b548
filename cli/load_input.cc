#include "cli/load_input.h"

#include <utility>

#include "cli/files.h"
#include "media/url.h"
#include "media/url_policy.h"
#if RUNG_PLAYER
#include "player/document_fetcher.h"
#endif

namespace rung::cli {

bool is_url(const std::string& name) { return media::parse_url(name).is_http(); }

Expected<Input> load_input(const std::string& name, ByteCount limit) {
#if RUNG_PLAYER
  if (is_url(name)) {
    auto document = player::fetch_text(name, limit, {});
    if (!document) return tl::unexpected(std::move(document).error());
    return Input{std::move(document->text), std::move(document->url)};
  }
#else
  if (is_url(name))
    return failure(ErrorCode::unsupported, "this build reads files only, it cannot fetch URLs",
                   media::redacted_url(name));
#endif
  auto text = read_file(name, limit);
  if (!text) return tl::unexpected(std::move(text).error());
  return Input{std::move(*text), name};
}

}  // namespace rung::cli
