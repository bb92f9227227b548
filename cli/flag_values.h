#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

/// What the values of flags have in common, over all subcommands.

namespace rung::cli {

/// Lets no option of `app` or of its subcommands, and no positional argument, be an empty text: it
/// comes from a shell variable that is not set, and would mean the default, or no file at all.
void refuse_empty_values(CLI::App& app);

/// Lets an option take whole numbers from `low` to `high` only. Without it "-1" would wrap around,
/// and what is too large would be cut down.
[[nodiscard]] CLI::Validator whole_number_from(std::uint64_t low, std::uint64_t high);

/// Every number that a seed can be.
[[nodiscard]] CLI::Validator any_seed();

/// The parts between the commas, empty ones included.
[[nodiscard]] std::vector<std::string> comma_separated(const std::string& text);

/// `each` for every part of a list with commas between, none of which may be empty.
[[nodiscard]] CLI::Validator list_of(const CLI::Validator& each);

/// For a list whose entries are checked when they are used.
[[nodiscard]] inline CLI::Validator any_text() { return CLI::Validator(""); }

/// An option that takes a list with commas between, and may be given several times. `each` checks
/// one entry. The default is what `target` holds.
template <typename T>
CLI::Option* add_list_option(CLI::App& app, const std::string& name, std::vector<T>& target,
                             const std::string& description, const CLI::Validator& each) {
  const auto store = [&target, name](const std::vector<std::string>& lists) {
    target.clear();
    for (const std::string& list : lists)
      for (const std::string& part : comma_separated(list))
        if (T value{}; CLI::detail::lexical_cast(part, value))
          target.push_back(value);
        else
          throw CLI::ConversionError(part, name);
  };
  return app.add_option_function<std::vector<std::string>>(name, store, description)
      ->check(list_of(each));
}

}  // namespace rung::cli
