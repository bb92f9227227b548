#include "cli/flag_values.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace rung::cli {

void refuse_empty_values(CLI::App& app) {
  const CLI::Validator not_empty(
      [](const std::string& text) { return std::string(text.empty() ? "must not be empty" : ""); },
      "");
  for (CLI::Option* option : app.get_options())
    if (option->get_items_expected_max() > 0) option->check(not_empty);
  for (CLI::App* subcommand : app.get_subcommands([](CLI::App*) { return true; }))
    refuse_empty_values(*subcommand);
}

CLI::Validator whole_number_from(std::uint64_t low, std::uint64_t high) {
  const auto check = [low, high](const std::string& text) -> std::string {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool number = error == std::errc() && end == text.data() + text.size();
    if (number && value >= low && value <= high) return {};
    return "a whole number from " + std::to_string(low) + " to " + std::to_string(high) +
           " is needed, not " + text;
  };
  return CLI::Validator(check, "NUMBER");
}

CLI::Validator any_seed() {
  return whole_number_from(0, std::numeric_limits<std::uint64_t>::max());
}

std::vector<std::string> comma_separated(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0;;) {
    const std::size_t comma = std::min(text.find(',', begin), text.size());
    parts.push_back(text.substr(begin, comma - begin));
    if (comma == text.size()) return parts;
    begin = comma + 1;
  }
}

CLI::Validator list_of(const CLI::Validator& each) {
  const auto check = [each](const std::string& text) -> std::string {
    if (text.empty()) return "must not be empty";
    for (const std::string& part : comma_separated(text)) {
      if (part.empty()) return "an entry between the commas of \"" + text + "\" is empty";
      if (std::string message = each(part); !message.empty()) return message;
    }
    return {};
  };
  return CLI::Validator(check, "");
}

}  // namespace rung::cli
