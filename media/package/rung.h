#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/expected.h"
#include "core/units.h"

namespace rung::package {

/// One step of the ladder: what a representation may cost, and the box its picture must fit into.
struct Rung {
  BitRate bandwidth;  ///< The encoder's target on average.
  int width = 0;
  int height = 0;
  friend bool operator==(const Rung&, const Rung&) = default;
};

/// Six rungs from 235 kbit/s at 320x180 to 4300 kbit/s at 1920x1080.
[[nodiscard]] std::vector<Rung> default_ladder();

/// Reads "235k:320x180,1050k:640x360,4.3M:1920x1080" and sorts it by bandwidth. Fails
/// (invalid_argument) on anything else, on equal bandwidths, on odd or absurd sizes.
[[nodiscard]] Expected<std::vector<Rung>> parse_ladder(std::string_view text);

/// The largest even size with the aspect of `width` x `height` (square pixels) that fits into the
/// rung's box; not below 16 on either side.
struct PictureSize {
  int width = 0;
  int height = 0;
  friend bool operator==(const PictureSize&, const PictureSize&) = default;
};
[[nodiscard]] PictureSize fit(const Rung& rung, PictureSize source);

/// A rung with the size its pictures will have.
struct FittedRung {
  Rung rung;
  PictureSize size;
  friend bool operator==(const FittedRung&, const FittedRung&) = default;
};
/// The part of `ladder` (ascending) that makes sense for a source: rungs that would enlarge it are
/// dropped. When all of them would, the lowest one stays, at the source's own size.
[[nodiscard]] std::vector<FittedRung> fit_ladder(const std::vector<Rung>& ladder,
                                                 PictureSize source);

/// "235k", "4300k".
[[nodiscard]] std::string kilobits(BitRate rate);

}  // namespace rung::package
