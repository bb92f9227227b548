#include "abr/name_error.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

namespace rung::abr {

namespace {

constexpr std::size_t longest_compared = 64;

/// Levenshtein's distance, one row at a time.
std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string_view nearest_name(std::string_view name, std::span<const std::string_view> names) {
  // No name is that long; the rest of a longer word does not change which one is nearest.
  const std::string_view compared = name.substr(0, longest_compared);
  return *std::ranges::min_element(
      names, {}, [&](std::string_view candidate) { return edit_distance(compared, candidate); });
}

Error name_error(std::string_view kind, std::string_view name,
                 std::span<const std::string_view> names) {
  const std::string_view compared = name.substr(0, longest_compared);
  const std::string_view nearest = nearest_name(name, names);
  std::string all;
  for (const std::string_view candidate : names)
    all.append(all.empty() ? "" : ", ").append(candidate);
  std::string message = "unknown ";
  message.append(kind).append(" '").append(compared);
  if (compared.size() < name.size()) message.append("...");
  message.append("'; did you mean '").append(nearest).append("'? Known: ").append(all);
  return {.code = ErrorCode::invalid_argument, .message = std::move(message), .where = {}};
}

}  // namespace rung::abr
