#include "cli/option_file.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <numeric>
#include <utility>
#include <vector>

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

namespace rung::cli {

namespace {

/// How many letters must be put in, taken out or changed (Levenshtein 1966).
[[nodiscard]] std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t changed = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

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
  return *std::ranges::min_element(names, {},
                                   [&](const std::string& name) { return distance(key, name); });
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
