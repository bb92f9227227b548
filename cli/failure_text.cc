#include "cli/failure_text.h"

#include <nlohmann/json.hpp>

namespace rung::cli {

std::string format_failure(const Error& error) {
  using Json = nlohmann::json;
  return Json{static_cast<int>(error.code), error.message, error.where}.dump(
      -1, ' ', false, Json::error_handler_t::replace);
}

bool parse_failure(const std::string& line, Error& into) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_array() || json.size() != 3 || !json[0].is_number_integer() ||
      !json[1].is_string() || !json[2].is_string())
    return false;
  into = {static_cast<ErrorCode>(json[0].get<int>()), json[1].get<std::string>(),
          json[2].get<std::string>()};
  return true;
}

}  // namespace rung::cli
