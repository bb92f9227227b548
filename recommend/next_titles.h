#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "recommend/catalogue.h"
#include "recommend/recommender.h"
#include "recommend/viewer_signs.h"

namespace rung::recommend {

/// What viewers did at the end of a title that another one follows in its series.
struct SeriesHabit {
  std::int64_t went_on = 0;
  std::int64_t went_elsewhere = 0;
};

/// When and on what the viewer watches.
struct ViewingMoment {
  std::optional<int> hour;  ///< Of their own day, 0 to 23.
  std::string device = {};  ///< Empty where it is not told.
};

/// Why a title of a catalogue may come next.
enum class NextReason : std::uint8_t {
  next_in_series,
  model,       ///< A trained recommender says so.
  popularity,  ///< There is no model, or it does not know the catalogue.
};
[[nodiscard]] std::string_view to_string(NextReason reason);

struct LikelyTitle {
  std::size_t title = 0;  ///< Of the catalogue.
  double probability = 0;
  NextReason reason{};
  double lift = 0;  ///< Of what the viewer made known, as in SignLifts; 0 for nothing.
  friend bool operator==(const LikelyTitle&, const LikelyTitle&) = default;
};

/// The titles of a catalogue that may come after `history` (titles of it, oldest first; the last
/// one is what plays), the most probable first, at most `count`. What follows in the series of the
/// last one is nearly certain: nine of ten before anything is known of the viewer, counted like ten
/// titles beside those of `habit`. What is left is shared as `model` says (null for none), else by
/// plays. Titles of the history are left out, but for what follows in the series. The odds that
/// come of this are moved by the viewer's signs. The model also weighs the moment.
[[nodiscard]] std::vector<LikelyTitle> next_titles(const Catalogue& catalogue,
                                                   const Recommender* model,
                                                   std::span<const std::size_t> history,
                                                   const SeriesHabit& habit, std::size_t count,
                                                   const ViewerSigns& signs = {},
                                                   const ViewingMoment& moment = {});

}  // namespace rung::recommend
