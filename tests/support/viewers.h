#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/random.h"
#include "recommend/plays.h"

namespace rung::test {

/// Viewers who mostly follow a chain (title n + 1 after title n), else jump to a title of which low
/// numbers are liked best: sequences in which a Markov chain knows more than popularity.
[[nodiscard]] inline recommend::Plays generated_viewers(std::size_t viewers, std::size_t titles,
                                                        std::size_t plays_each,
                                                        std::uint64_t seed) {
  Random random(seed);
  recommend::Plays plays;
  for (std::size_t title = 0; title < titles; ++title)
    plays.titles.push_back("t" + std::to_string(title));
  for (std::size_t viewer = 0; viewer < viewers; ++viewer) {
    plays.viewers.push_back("v" + std::to_string(viewer));
    std::vector<recommend::Play> own;
    std::vector<bool> seen(titles);
    std::size_t at = random.below(titles);
    for (std::size_t play = 0; play < plays_each; ++play) {
      const double liked = random.uniform() * random.uniform();
      std::size_t next = random.uniform() < 0.7
                             ? at + 1
                             : static_cast<std::size_t>(liked * static_cast<double>(titles));
      while (seen[next % titles]) ++next;
      at = next % titles;
      seen[at] = true;
      own.push_back({.title = static_cast<recommend::TitleIndex>(at),
                     .time = std::chrono::sys_seconds(std::chrono::hours(24 * play))});
    }
    plays.by_viewer.push_back(own);
  }
  return plays;
}

/// Gives every play an hour and a device: titles with an even number are played at 8 and on a
/// phone by so many of seven each, the others at 20 and on a television.
inline void set_moments(recommend::Plays& plays, std::uint64_t seed, std::size_t of_seven) {
  Random random(seed);
  plays.devices = {"phone", "tv"};
  for (auto& own : plays.by_viewer)
    for (recommend::Play& play : own) {
      const bool even = play.title % 2 == 0;
      const bool morning = even == (random.below(7) < of_seven);
      const bool phone = even == (random.below(7) < of_seven);
      play.moment = {.hour = static_cast<std::uint8_t>(morning ? 8 : 20),
                     .device = static_cast<std::uint8_t>(phone ? 0 : 1)};
    }
}

}  // namespace rung::test
