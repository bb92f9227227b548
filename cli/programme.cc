#include "cli/programme.h"

#include <utility>

namespace rung::cli {
namespace {

/// How probable it is that a viewer of a play list goes on in its order, to the title behind that,
/// and back.
constexpr double goes_on = 0.85;
constexpr double skips = 0.05;
constexpr double goes_back = 0.05;

}  // namespace

void PlayList::prepare(player::PlayerOptions& options) {
  const auto count = static_cast<int>(urls_.size());
  const auto place = static_cast<int>(place_);
  options.titles_before = place;
  options.titles_behind = count - 1 - place;
  options.next.clear();
  for (const auto& [distance, probability] :
       {std::pair{1, goes_on}, std::pair{2, skips}, std::pair{-1, goes_back}}) {
    const int at = place + distance;
    if (at >= 0 && at < count)
      options.next.push_back({.url = urls_[static_cast<std::size_t>(at)],
                              .probability = probability,
                              .distance = distance});
  }
}

bool PlayList::go(int titles, bool /*chosen*/) {
  const int at = static_cast<int>(place_) + titles;
  if (at < 0 || at >= static_cast<int>(urls_.size())) return false;
  place_ = static_cast<std::size_t>(at);
  return true;
}

}  // namespace rung::cli
