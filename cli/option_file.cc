#include "cli/option_file.h"

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include "abr/name_error.h"

namespace rung::cli {

namespace {

/// The long names that a file may have.
[[nodiscard]] std::vector<std::string> names_of(const CLI::App& command, std::string_view refused) {
  std::vector<std::string> names;
  const std::string all = " " + std::string(refused) + " help ";
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames())
      if (all.find(" " + name + " ") == std::string::npos) names.push_back(name);
  return names;
}

[[nodiscard]] std::string nearest(std::string_view key, const std::vector<std::string>& names) {
  const std::vector<std::string_view> views(names.begin(), names.end());
  return std::string(abr::nearest_name(key, views));
}

/// As it would stand on the command line; none for what could not.
[[nodiscard]] std::optional<std::string> text_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
  if (const auto* whole = node.as_integer()) return std::to_string(whole->get());
  if (const auto* number = node.as_floating_point()) return std::to_string(number->get());
  return std::nullopt;
}

}  // namespace

std::optional<std::string> default_option_file() {
  if (const char* config = std::getenv("XDG_CONFIG_HOME"); config != nullptr && *config == '/')
    return std::string(config) + "/rung/config.toml";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/')
    return std::string(home) + "/.config/rung/config.toml";
  return std::nullopt;
}

Expected<void> apply_option_file(CLI::App& command, std::string_view text, const std::string& path,
                                 std::string_view refused) {
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    const auto& begin = parsed.error().source().begin;
    return failure(ErrorCode::invalid_argument,
                   "is not TOML: " + std::string(parsed.error().description()),
                   path + " line " + std::to_string(begin.line));
  }
  const std::vector<std::string> names = names_of(command, refused);
  for (const auto& [key, node] : parsed.table()) {
    const std::string name(key.str());
    const std::string where = path + " line " + std::to_string(node.source().begin.line);
    if (std::ranges::find(names, name) == names.end())
      return failure(
          ErrorCode::invalid_argument,
          "\"" + name + "\" is not an option; the nearest one is \"" + nearest(name, names) + "\"",
          where);
    const auto value = text_of(node);
    if (!value)
      return failure(ErrorCode::invalid_argument,
                     "\"" + name + "\" takes a string, a number or true or false", where);
    CLI::Option* option = command.get_option("--" + name);
    if (option->count() > 0) continue;  // The command line has the last word.
    try {
      option->add_result(*value);
      option->run_callback();
    } catch (const CLI::Error& error) {
      return failure(ErrorCode::invalid_argument, error.what(), where);
    }
  }
  return {};
}

}  // namespace rung::cli
