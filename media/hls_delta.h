#pragma once

#include <string>
#include <string_view>

#include "core/expected.h"

namespace rung::media {

/// The whole playlist that `delta` stands for, which skips what `known` lists already (EXT-X-SKIP,
/// draft-pantos-hls-rfc8216bis section 4.4.5.2); `known` is whole. One that skips nothing stays as
/// it is. Fails with malformed where `known` does not have what is skipped, with limit_exceeded
/// beyond limits::manifest_size.
[[nodiscard]] Expected<std::string> undo_hls_skip(std::string_view known, std::string_view delta);

}  // namespace rung::media
