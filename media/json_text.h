#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/expected.h"

namespace rung::media {

using Json = nlohmann::ordered_json;

/// Parses JSON that people or programs wrote. Fails with malformed and the line for what is no JSON
/// or holds a number that is out of range, and with limit_exceeded for text that nests deeper than
/// 16 levels (the parser's result is torn down by recursion). `name` is what errors call the text.
[[nodiscard]] Expected<Json> parse_json(std::string_view text, const std::string& name);

}  // namespace rung::media
