#pragma once

#include <string>

#include "media/manifest.h"

namespace rung::cli {

/// What `rung inspect` prints for a person: a few lines, one for each representation or variant.
[[nodiscard]] std::string summarize_manifest(const media::Manifest& manifest);

}  // namespace rung::cli
