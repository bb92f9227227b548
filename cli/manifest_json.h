#pragma once

#include <string>

#include "cli/json_writer.h"
#include "media/manifest.h"

namespace rung::cli {

/// Writes what `rung inspect --json` prints: the document's facts, with URIs as written and as
/// resolved against `url`. At most limits::listed_segments segments are listed, shared out between
/// the representations; where that cuts a list short, "segments_listed" says so beside the count.
void write_manifest_json(JsonWriter& json, const media::Manifest& manifest, const std::string& url);

}  // namespace rung::cli
