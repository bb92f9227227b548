#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "recommend/catalogue.h"
#include "recommend/event_log/event_log.h"
#include "recommend/next_titles.h"
#include "recommend/viewer_signs.h"

namespace rung::cli {

/// This machine's clock, in milliseconds since 1970.
[[nodiscard]] std::int64_t now_ms();

/// What `events`, in the order in which they happened, tell of what the viewer wants; lately
/// is by `now`, in milliseconds since 1970.
[[nodiscard]] recommend::ViewerSigns signs_of(const recommend::Catalogue& catalogue,
                                              const std::vector<event_log::Event>& events,
                                              std::int64_t now);

/// The titles of `events` that were played, what the viewer did at the end of titles of a series,
/// and what else they made known. Lately is by the clock.
struct ViewerHistory {
  std::vector<std::size_t> played;
  recommend::SeriesHabit habit;
  recommend::ViewerSigns signs;  ///< The latest ones first.
};
[[nodiscard]] ViewerHistory history_of(const recommend::Catalogue& catalogue,
                                       const std::vector<event_log::Event>& events);

}  // namespace rung::cli
