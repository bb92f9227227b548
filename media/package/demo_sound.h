#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "media/package/libav.h"

namespace rung::package {

/// The sound of the demo title: slow chords, a few plucked notes, and a soft tick at the start of
/// every second. A function of the position alone, faded in and out at the ends.
class DemoSound {
 public:
  /// `samples` is the title's length; by so many `semitones` the chords and notes are higher.
  explicit DemoSound(std::int64_t samples, int semitones = 0)
      : length_(samples), semitones_(semitones) {}

  /// `count` samples from `first` on.
  [[nodiscard]] FramePtr render(std::int64_t first, int count) const;

 private:
  std::int64_t length_;
  int semitones_;
};

}  // namespace rung::package
