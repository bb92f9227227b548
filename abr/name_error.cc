#include "abr/name_error.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

namespace rung::abr {

namespace {

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

Error name_error(std::string_view kind, std::string_view name,
                 std::span<const std::string_view> names) {
  // No name is that long; the rest of a longer word does not change which one is nearest.
  const std::string_view compared = name.substr(0, 64);
  std::string_view nearest;
  std::size_t least = std::numeric_limits<std::size_t>::max();
  std::string all;
  for (const std::string_view candidate : names) {
    const std::size_t distance = edit_distance(compared, candidate);
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
    all.append(all.empty() ? "" : ", ").append(candidate);
  }
  std::string message = "unknown ";
  message.append(kind).append(" '").append(compared);
  if (compared.size() < name.size()) message.append("...");
  message.append("'; did you mean '").append(nearest).append("'? Known: ").append(all);
  return {.code = ErrorCode::invalid_argument, .message = std::move(message), .where = {}};
}

}  // namespace rung::abr
