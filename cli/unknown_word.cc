#include "cli/unknown_word.h"

#include <string_view>
#include <vector>

#include "abr/name_error.h"
#include "cli/long_names.h"

namespace rung::cli {

namespace {

[[nodiscard]] std::vector<std::string> commands_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  return names;
}

}  // namespace

std::optional<std::string> unknown_word(const CLI::App& app) {
  const std::vector<std::string> left = app.remaining(true);
  if (left.empty()) return std::nullopt;
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  const std::string word = left.front().substr(0, left.front().find('='));
  if (word.starts_with("--"))
    return "unknown option '" + word + "'; did you mean '--" +
           nearest_of(std::string_view(word).substr(2), long_names(*command)) + "'?";
  if (word.starts_with("-")) return "unknown option '" + word + "'";
  const std::vector<std::string> commands = commands_of(*command);
  if (commands.empty()) return "unexpected argument '" + word + "'";
  const std::vector<std::string_view> known(commands.begin(), commands.end());
  return abr::name_error("command", word, known).message;
}

}  // namespace rung::cli
