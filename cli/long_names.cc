#include "cli/long_names.h"

#include "abr/name_error.h"

namespace rung::cli {

std::vector<std::string> long_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back(name);
  return names;
}

std::string nearest_of(std::string_view name, const std::vector<std::string>& names) {
  const std::vector<std::string_view> views(names.begin(), names.end());
  return std::string(abr::nearest_name(name, views));
}

}  // namespace rung::cli
