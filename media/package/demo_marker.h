#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "media/package/libav.h"

/// A mark in the lower right corner of every picture of the demo title that tells a program which
/// rung it is looking at, and which picture. It survives the lowest rung's compression and
/// scaling, and can be read from a decoded picture or from a screenshot.
///
/// The mark is two rows of nine square blocks, black or white, on a black panel. A block's side is
/// 1/36 of the picture's height; the blocks end two block sides before the right and the lower edge
/// of the picture. Row by row from the left, white being 1:
///
///     1 0 r3 r2 r1 r0 c3 c2 c1
///     c0 f7 f6 f5 f4 f3 f2 f1 f0
///
/// r is the rung's index from the lowest rung up, f the low eight bits of the picture's number in
/// Gray code (one block changes from picture to picture), and c a check: the four-bit sum of r and
/// of both halves of f, plus 5. "1 0" in front tells white from black.
namespace rung::package {

struct DemoMarker {
  std::size_t rung = 0;      ///< Up to 15.
  std::uint8_t picture = 0;  ///< The picture's number modulo 256.
  friend bool operator==(const DemoMarker&, const DemoMarker&) = default;
};

/// Brightness of a picture, row by row; `stride` bytes from row to row.
struct LumaView {
  const std::uint8_t* samples = nullptr;
  int width = 0;
  int height = 0;
  std::ptrdiff_t stride = 0;
};

/// Draws the mark into a yuv420p picture of at least 144 rows (below that, blocks get too small).
void draw_demo_marker(AVFrame& picture, DemoMarker marker);

/// Reads the mark; nullopt when there is none. Any range of brightness will do, as long as white is
/// clearly brighter than black. The view must show the picture alone, without bars around it.
[[nodiscard]] std::optional<DemoMarker> read_demo_marker(LumaView picture);

}  // namespace rung::package
