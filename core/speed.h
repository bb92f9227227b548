#pragma once

#include <cstdint>
#include <limits>

#include "core/check.h"
#include "core/time.h"

namespace rung {

/// How fast a presentation is played: media in hundredths of the time that it takes. A value;
/// exact, so that a session comes out the same again.
class Speed {
 public:
  static constexpr int lowest = 10;
  static constexpr int highest = 1000;

  /// Its own.
  constexpr Speed() = default;
  /// From `lowest` to `highest`.
  static constexpr Speed of_percent(int percent) {
    RUNG_CHECK(percent >= lowest && percent <= highest);
    Speed speed;
    speed.percent_ = percent;
    return speed;
  }
  [[nodiscard]] constexpr int percent() const { return percent_; }

  /// What is played in `time`, rounded down.
  [[nodiscard]] constexpr Duration media_in(Duration time) const {
    return percent_ == 100 ? time : Duration(rescaled(time.count(), percent_, 100, 0));
  }
  /// How long `media` takes, rounded up: by then it has been played.
  [[nodiscard]] constexpr Duration time_for(Duration media) const {
    return percent_ == 100 ? media : Duration(rescaled(media.count(), 100, percent_, percent_ - 1));
  }

  friend constexpr bool operator==(const Speed&, const Speed&) = default;

 private:
  /// `value` >= 0 times `by` / `from`; what is too large is the largest.
  static constexpr std::int64_t rescaled(std::int64_t value, int by, int from, int round) {
    const std::int64_t whole = value / from;
    if (whole > (std::numeric_limits<std::int64_t>::max() - by) / by)
      return std::numeric_limits<std::int64_t>::max();
    return whole * by + (value % from * by + round) / from;
  }

  int percent_ = 100;
};

}  // namespace rung
