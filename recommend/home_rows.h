#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.h"
#include "recommend/catalogue.h"
#include "recommend/exploration.h"
#include "recommend/next_titles.h"

namespace rung::recommend {

/// Titles beside each other, not empty. A value.
struct HomeRow {
  std::string_view id;  ///< What logs call it: continue, saved, because, new or popular.
  std::string heading;
  std::vector<PlacedTitle> titles;
};

/// What a home screen shows of a catalogue. A value.
struct HomeFacts {
  std::vector<std::size_t> begun;         ///< Titles that the viewer left, the latest first.
  std::vector<std::size_t> saved = {};    ///< For later, the latest first.
  std::optional<std::size_t> watched;     ///< The last one that they played.
  std::vector<RowCandidate> likely = {};  ///< What may come after it, the most probable first.
};

/// Titles of one row.
inline constexpr std::size_t home_row_titles = 24;
/// Titles that are weighed for the row of likely ones.
inline constexpr std::size_t home_row_candidates = 48;

/// The rows that are not empty, from the top: titles that were begun, those that were saved, those
/// that are likely after the one that was watched, the newest, the most played. With `chance` the
/// likely ones are explored (explored_row()); all else stands where it always does.
[[nodiscard]] std::vector<HomeRow> home_rows(const Catalogue& catalogue, const HomeFacts& facts,
                                             Random* chance);

}  // namespace rung::recommend
