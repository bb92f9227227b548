#include "cli/option_file.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include "cli/long_names.h"
#include "evaluation/table_headers.h"

namespace rung::cli {

namespace {

/// The long names that a file may have.
[[nodiscard]] std::vector<std::string> names_of(const CLI::App& command, std::string_view refused) {
  const std::string all = " " + std::string(refused) + " help ";
  std::vector<std::string> names = long_names(command);
  std::erase_if(names, [&](const std::string& name) {
    return all.find(" " + name + " ") != std::string::npos;
  });
  return names;
}

/// As it would stand on the command line; none for what could not.
[[nodiscard]] std::optional<std::string> text_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
  if (const auto* whole = node.as_integer()) return std::to_string(whole->get());
  if (const auto* number = node.as_floating_point()) return std::to_string(number->get());
  return std::nullopt;
}

constexpr std::string_view profiles_key = "profiles";
constexpr std::string_view profile_option = "profile";

/// An option as a file gives it.
struct Setting {
  std::string name;
  std::string value;
  std::string where;
};

/// The options of a table, `but` for one key.
[[nodiscard]] Expected<std::vector<Setting>> settings_of(const toml::table& table,
                                                         const std::vector<std::string>& names,
                                                         const std::string& path,
                                                         std::string_view but = {}) {
  std::vector<Setting> settings;
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    if (name == but) continue;
    const std::string where = path + " line " + std::to_string(node.source().begin.line);
    if (std::ranges::find(names, name) == names.end())
      return failure(ErrorCode::invalid_argument,
                     "\"" + name + "\" is not an option; the nearest one is \"" +
                         nearest_of(name, names) + "\"",
                     where);
    auto value = text_of(node);
    if (!value)
      return failure(ErrorCode::invalid_argument,
                     "\"" + name + "\" takes a string, a number or true or false", where);
    settings.push_back({name, *std::move(value), where});
  }
  return settings;
}

/// Those of every table of [profiles], by its name.
using Profiles = std::map<std::string, std::vector<Setting>, std::less<>>;
[[nodiscard]] Expected<Profiles> profiles_of(const toml::table& file,
                                             std::vector<std::string> names,
                                             const std::string& path) {
  Profiles profiles;
  const toml::node* const node = file.get(profiles_key);
  if (node == nullptr) return profiles;
  const auto no_table = [&](const toml::node& found) {
    return failure(ErrorCode::invalid_argument,
                   "\"profiles\" holds tables, one a profile, such as [profiles.tv]",
                   path + " line " + std::to_string(found.source().begin.line));
  };
  if (!node->is_table()) return no_table(*node);
  std::erase(names, profile_option);
  for (const auto& [key, inner] : *node->as_table()) {
    if (!inner.is_table()) return no_table(inner);
    auto settings = settings_of(*inner.as_table(), names, path);
    if (!settings) return tl::unexpected(settings.error());
    profiles.emplace(key.str(), *std::move(settings));
  }
  return profiles;
}

/// Which profile counts; empty where none does.
[[nodiscard]] Setting chosen_profile(CLI::App& command, const std::vector<Setting>& settings) {
  const CLI::Option* const option = command.get_option_no_throw("--" + std::string(profile_option));
  if (option == nullptr) return {};
  if (option->count() > 0) return {.name = "", .value = option->as<std::string>(), .where = ""};
  const auto found = std::ranges::find(settings, profile_option, &Setting::name);
  return found == settings.end() ? Setting{} : *found;
}

[[nodiscard]] Expected<void> give(CLI::App& command, const std::vector<Setting>& settings) {
  for (const Setting& setting : settings) {
    CLI::Option* option = command.get_option("--" + setting.name);
    if (option->count() > 0) continue;  // What was given before has the last word.
    try {
      option->add_result(setting.value);
      option->run_callback();
    } catch (const CLI::Error& error) {
      return failure(ErrorCode::invalid_argument, error.what(), setting.where);
    }
  }
  return {};
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
  if (const auto line = evaluation::nameless_table_header(text))
    return failure(ErrorCode::invalid_argument, "is not TOML: the header of a table has no name",
                   path + " line " + std::to_string(*line));
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    const auto& begin = parsed.error().source().begin;
    return failure(ErrorCode::invalid_argument,
                   "is not TOML: " + std::string(parsed.error().description()),
                   path + " line " + std::to_string(begin.line));
  }
  const std::vector<std::string> names = names_of(command, refused);
  auto settings = settings_of(parsed.table(), names, path, profiles_key);
  if (!settings) return tl::unexpected(settings.error());
  const auto profiles = profiles_of(parsed.table(), names, path);
  if (!profiles) return tl::unexpected(profiles.error());
  if (const Setting chosen = chosen_profile(command, *settings); !chosen.value.empty()) {
    const auto found = profiles->find(chosen.value);
    if (found == profiles->end()) {
      std::vector<std::string> known;
      for (const auto& [name, inside] : *profiles) known.push_back(name);
      return failure(ErrorCode::invalid_argument,
                     known.empty()
                         ? "has no [profiles." + chosen.value + "]"
                         : "has no profile \"" + chosen.value + "\"; the nearest one is \"" +
                               nearest_of(chosen.value, known) + "\"",
                     chosen.where.empty() ? path : chosen.where);
    }
    if (auto good = give(command, found->second); !good) return good;
  }
  return give(command, *settings);
}

}  // namespace rung::cli
