#include "media/json_text.h"

#include <algorithm>
#include <cstddef>

namespace rung::media {

Expected<Json> parse_json(std::string_view text, const std::string& name) {
  constexpr int deepest = 16;
  bool too_deep = false;
  const auto watch = [&](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > deepest;
    return !too_deep;
  };
  try {
    Json parsed = Json::parse(text.begin(), text.end(), watch);
    if (too_deep) return failure(ErrorCode::limit_exceeded, "nests too deeply", name);
    return parsed;
  } catch (const Json::parse_error& error) {
    const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(error.byte, text.size()));
    const auto line = std::count(text.begin(), end, '\n') + 1;
    return failure(ErrorCode::malformed, "is not well-formed JSON",
                   name + " line " + std::to_string(line));
  } catch (const Json::exception&) {
    return failure(ErrorCode::malformed, "holds a number that is out of range", name);
  }
}

}  // namespace rung::media
