#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/check.h"
#include "media/url.h"
#include "media/url_policy.h"

/// A base and a reference with a line break between them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rung::media;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto end = input.find('\n');
  const std::string_view base = input.substr(0, end);
  const std::string_view reference =
      end == std::string_view::npos ? std::string_view{} : input.substr(end + 1);
  RUNG_CHECK(to_string(parse_url(base)) == base);
  const std::string resolved = resolve_url(base, reference);
  if (UrlPolicy(base).check(resolved)) {
    RUNG_CHECK(parse_url(resolved).is_http());
    RUNG_CHECK(!parse_url(resolved).host().empty());
    RUNG_CHECK(same_origin(resolved, resolved));
  }
  (void)redacted_url(resolved);
  (void)is_private_address(base);
  return 0;
}
